import { Metadata, type ServiceError, type StatusObject, status } from "@grpc/grpc-js";
import { isTallyError, TallyError } from "@tallystick/proto";

// A typed error crosses the wire as its code and its details, in the trailing metadata. A cause, a stack or the message of an
// unknown error never does.

const CODE = "tally-code";
const DETAILS = "tally-details-bin";
/** Details are facts, not documents. */
const MAX_DETAILS_BYTES = 8_192;

/** Which gRPC status a peer sees for a code; the table is complete for every package that serves. */
export type StatusTable = { readonly [code: string]: status };

export function toStatus(error: unknown, table: StatusTable): Partial<StatusObject> {
  if (!isTallyError(error)) return { code: status.INTERNAL, details: "internal error" };
  const metadata = new Metadata();
  metadata.set(CODE, error.code);
  const details = Buffer.from(JSON.stringify(error.details));
  if (details.length <= MAX_DETAILS_BYTES) metadata.set(DETAILS, details);
  return { code: table[error.code] ?? status.INTERNAL, details: error.code, metadata };
}

/** The typed error of a failed call: the peer's own, or what became of the connection. */
export function fromServiceError(error: ServiceError): TallyError {
  const [code] = error.metadata?.get(CODE) ?? [];
  if (typeof code === "string" && /^[A-Z][A-Z0-9_]{1,63}$/.test(code)) {
    return new TallyError(code, parseDetails(error.metadata.get(DETAILS)[0]), { cause: error });
  }
  const reason = error.details || status[error.code] || "unknown";
  if (error.code === status.CANCELLED) return new TallyError("CALL_CANCELLED", { reason }, { cause: error });
  if (error.code === status.DEADLINE_EXCEEDED) return new TallyError("CALL_TIMED_OUT", { reason }, { cause: error });
  if (error.code === status.UNAVAILABLE) return new TallyError("PEER_UNAVAILABLE", { reason }, { cause: error });
  return new TallyError("CALL_FAILED", { status: status[error.code] ?? "UNKNOWN", reason }, { cause: error });
}

function parseDetails(value: unknown): object {
  if (!Buffer.isBuffer(value) || value.length > MAX_DETAILS_BYTES) return {};
  try {
    const details: unknown = JSON.parse(value.toString("utf8"));
    return typeof details === "object" && details !== null ? details : {};
  } catch {
    // A peer's malformed details are no details; its code still stands.
    return {};
  }
}
