/**
 * An error with a stable code and typed facts. Codes are public API: documented in docs/errors.md and never
 * reused. Match on `code`, never on the message or the class.
 */
export class TallyError<C extends string = string, D extends object = object> extends Error {
  readonly code: C;
  readonly details: D;

  constructor(code: C, details: D, options?: { cause?: unknown }) {
    super(`${code} ${JSON.stringify(details)}`, options);
    this.name = "TallyError";
    this.code = code;
    this.details = details;
  }
}

/** Makes the constructor function of one package's closed table of codes. */
export function errorFactory<Table extends { [C in keyof Table]: object }>(): <C extends keyof Table & string>(
  code: C,
  details: Table[C],
  options?: { cause?: unknown },
) => TallyError<C, Table[C]> {
  return (code, details, options) => new TallyError(code, details, options);
}

/** True for a TallyError, of the given code where one is given. */
export function isTallyError<C extends string>(error: unknown, code?: C): error is TallyError<C> {
  return error instanceof TallyError && (code === undefined || error.code === code);
}

/** The codes of the protocol's own formats. Each is raised for exactly one kind of fault. */
export interface ProtoErrors {
  BASE64_INVALID: { reason: string };
  UTF8_INVALID: { reason: string };
  JSON_NOT_CANONICAL: { reason: string };
  KEY_NOT_ADMISSIBLE: { reason: string };
  KEY_UNKNOWN: { kid: string };
  SIGNATURE_INVALID: { kid: string };
  SIGNER_FAULTY: { key: string };
  JWS_MALFORMED: { reason: string };
  DISCLOSURE_INVALID: { reason: string };
  NOTE_MALFORMED: { reason: string };
  NOTE_SIGNATURE_INVALID: { name: string };
  NOTE_UNSIGNED: { name: string };
  CHECKPOINT_MALFORMED: { reason: string };
  COSIGNATURE_MALFORMED: { reason: string };
  QUORUM_NOT_MET: { required: number; valid: number };
  POLICY_MALFORMED: { line: number; reason: string };
  PROOF_MALFORMED: { reason: string };
  INCLUSION_PROOF_INVALID: { index: number; treeSize: number };
  CONSISTENCY_PROOF_INVALID: { oldSize: number; newSize: number };
  ROOT_MISMATCH: { treeSize: number };
  TILE_MALFORMED: { reason: string };
  ENTRY_TOO_LARGE: { sizeBytes: number; maxBytes: number };
  LEAF_MALFORMED: { reason: string };
  ROUTE_KEY_INVALID: { reason: string };
  COMMITMENT_INVALID: { reason: string };
  WITNESS_REQUEST_MALFORMED: { reason: string };
  CHANGE_MALFORMED: { reason: string };
  BUNDLE_MALFORMED: { line: number; reason: string };
}

export const protoError: ReturnType<typeof errorFactory<ProtoErrors>> = errorFactory<ProtoErrors>();
