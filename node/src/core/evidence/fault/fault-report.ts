import { encodeBase64, parseJws, type Signer, sha256, signJwsAsync, verifyJws } from "@tallystick/proto";
import { z } from "zod";
import { evidenceError } from "../evidence-errors.ts";
import { type FaultStatement, statementBytes } from "./fault-document.ts";
import type { MembersProof } from "./members-proof.ts";

/** `typ` of the JWS by which a reporter signs a fault document. */
const FAULT_TYP = "tallystick-fault+jws";

const reportSchema = z.strictObject({
  v: z.literal(1),
  reporter: z.string().min(1).max(256),
  /** By the reporter's own clock. */
  reportedAt: z.iso.datetime(),
  /** Base64 SHA-256 of the document without this signature. */
  statement: z.string().max(44),
});

/** Who reports, and when: what is claimed rather than proven is this member's word. */
export type Report = z.infer<typeof reportSchema>;

/** Signs a statement as its reporter. */
export function signReport(
  statement: FaultStatement,
  reporter: { readonly did: string; readonly kid: string; readonly key: Signer },
  reportedAt: string,
): Promise<string> {
  const report: Report = { v: 1, reporter: reporter.did, reportedAt, statement: digestOf(statement) };
  return signJwsAsync(FAULT_TYP, reporter.kid, { ...report }, reporter.key);
}

/** @throws JWS_MALFORMED, KEY_UNKNOWN, SIGNATURE_INVALID, FAULT_MALFORMED, ISSUER_DIFFERS */
export function requireReport(compact: string, statement: FaultStatement, members: MembersProof): Report {
  const did = parseJws(compact, FAULT_TYP).header.kid.split("#")[0] ?? "";
  const { payload } = verifyJws(compact, FAULT_TYP, (kid) => members.attestKey(did, kid)?.key);
  const parsed = reportSchema.safeParse(payload);
  const malformed = (message: string): Error =>
    evidenceError("FAULT_MALFORMED", { issues: [{ path: "report", message }] });
  if (!parsed.success) throw malformed("not a report");
  if (parsed.data.statement !== digestOf(statement)) throw malformed("signed for another statement");
  if (parsed.data.reporter !== did) {
    throw evidenceError("ISSUER_DIFFERS", { issuer: parsed.data.reporter, member: did });
  }
  return parsed.data;
}

function digestOf(statement: FaultStatement): string {
  return encodeBase64(sha256(statementBytes(statement)));
}
