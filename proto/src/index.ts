export {
  decodeBase64,
  decodeBase64url,
  decodeHex,
  decodeUtf8,
  encodeBase64,
  encodeBase64url,
  encodeHex,
} from "./base64.ts";
export { concatBytes, equalBytes, u64be } from "./bytes.ts";
export {
  admitPublicKey,
  isSignatureValid,
  isSignatureValidAsync,
  type PrivateKey,
  type PublicKey,
  privateKeyFromSeed,
  sign,
} from "./ed25519.ts";
export { errorFactory, isTallyError, type ProtoErrors, protoError, TallyError } from "./errors.ts";
export type { JsonObject, JsonValue } from "./json.ts";
export { compareBytes, hmacSha256, sha256, utf8Encode } from "./platform.ts";
export type { Verified } from "./verified.ts";
