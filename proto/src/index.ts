export {
  decodeBase64,
  decodeBase64url,
  decodeHex,
  decodeUtf8,
  encodeBase64,
  encodeBase64url,
  encodeHex,
} from "./base64.ts";
export {
  type BundleClaim,
  CLAIM_TYPES,
  type ClaimType,
  formatBundle,
  formatBundleAsync,
  MAX_BUNDLE_FILE_BYTES,
  MAX_CLAIM_BYTES,
  type ParsedBundle,
  parseBundle,
} from "./bundle.ts";
export { concatBytes, equalBytes, u64be } from "./bytes.ts";
export {
  type Approval,
  type ApprovalPolicy,
  CHANGE_TYP,
  type Change,
  type ChangePayload,
  formatChange,
  parseChange,
  signChange,
  signChangeAsync,
  verifyChange,
} from "./change.ts";
export {
  type Checkpoint,
  formatCheckpoint,
  isOrigin,
  openCheckpoint,
  parseCheckpoint,
  type SignedCheckpoint,
  signCheckpoint,
  signCheckpointAsync,
} from "./checkpoint.ts";
export {
  type BalanceOpening,
  commitBalance,
  commitDelivery,
  openBalance,
  openDelivery,
  ZERO_BALANCE_SALT,
} from "./commitment.ts";
export {
  consistencyProof,
  subtreeConsistencyProof,
  verifyConsistency,
  verifySubtreeConsistency,
} from "./consistency.ts";
export { addSignatures, type CosignatureTime, cosign, cosignAsync, verifyCosignature } from "./cosignature.ts";
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
export { type ForkShown, forkShownBy } from "./fork-proof.ts";
export {
  appendLeafHash,
  appendLeafHashes,
  EMPTY_FRONTIER,
  type Frontier,
  parseFrontier,
  rootOf,
  subtreeCount,
} from "./frontier.ts";
export { inclusionProof, verifyInclusion, verifySubtreeInclusion } from "./inclusion.ts";
export { canonicalJson, parseCanonicalJson } from "./jcs.ts";
export type { JsonObject, JsonValue } from "./json.ts";
export {
  hashJws,
  type Jws,
  type JwsHeader,
  type KeyResolver,
  MAX_JWS_BYTES,
  parseJws,
  peekKid,
  signJws,
  signJwsAsync,
  verifyJws,
  verifyJwsAsync,
} from "./jws.ts";
export {
  type AllocLeaf,
  type AttestLeaf,
  type BatchLeaf,
  type CloseLeaf,
  type DeliverLeaf,
  formatLeaf,
  type Leaf,
  type LeafKind,
  parseLeaf,
  type ReceiptLeaf,
  type RevokeLeaf,
  type SupersedeLeaf,
} from "./leaf.ts";
export { EMPTY_ROOT, HASH_BYTES, hashLeaf, hashNode, merkleRoot } from "./merkle.ts";
export {
  formatNote,
  formatSignatureLine,
  MAX_NOTE_BYTES,
  MAX_NOTE_SIGNATURES,
  type Note,
  type NoteSignature,
  parseNote,
  parseSignatureLine,
  signNote,
  signNoteAsync,
  verifyNote,
} from "./note.ts";
export { compareBytes, hmacSha256, sha256, utf8Encode } from "./platform.ts";
export { type CountedCosignature, evaluateQuorum, type QuorumResult } from "./quorum.ts";
export { commitRouteKey, routeSecret, routeTag, tagOf } from "./route-tag.ts";
export {
  type Disclosure,
  formatSdJwt,
  makeDisclosure,
  parseDisclosure,
  parseSdJwt,
  placeholder,
  type ResolvedPayload,
  resolveDisclosures,
} from "./sd-jwt.ts";
export { MAX_SIGNED_BYTES, openSigner, type Signer, trialMessage } from "./signer.ts";
export { completeSubtrees, isSubtree, type NodeReader, readSubtreeRoot } from "./subtree.ts";
export {
  entriesPath,
  formatEntryBundle,
  formatTile,
  MAX_BUNDLE_BYTES,
  MAX_ENTRY_BYTES,
  nodesOfTiles,
  parseEntryBundle,
  parseTile,
  parseTilePath,
  TILE_HEIGHT,
  TILE_WIDTH,
  type TilePath,
  tilePath,
  tileWidth,
} from "./tiles.ts";
export { formatTlogProof, type LoggedEntry, parseTlogProof, type TlogProof, verifyTlogProof } from "./tlog-proof.ts";
export type { Verified } from "./verified.ts";
export {
  formatVerifierKey,
  isKeyName,
  isLineOf,
  makeVerifierKey,
  type NoteAlgorithm,
  parseVerifierKey,
  type VerifierKey,
} from "./verifier-key.ts";
export {
  formatWitnessPolicy,
  mayBeFaulty,
  type PolicyGroup,
  type PolicyLog,
  type PolicyWitness,
  parseWitnessPolicy,
  policyFor,
  quorumSize,
  type WitnessPolicy,
} from "./witness-policy.ts";
export {
  type AddCheckpointRequest,
  formatAddCheckpoint,
  MAX_ADD_CHECKPOINT_BYTES,
  MAX_CONSISTENCY_LINES,
  parseAddCheckpoint,
} from "./witness-request.ts";
