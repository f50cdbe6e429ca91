export { concatBytes, equalBytes, u64be } from "./bytes.ts";
export { errorFactory, isTallyError, type ProtoErrors, protoError, TallyError } from "./errors.ts";
export { compareBytes, hmacSha256, sha256, utf8Encode } from "./platform.ts";
