import {
  admitPublicKey,
  decodeBase64url,
  type JsonObject,
  type PublicKey,
  type Signer,
  signJwsAsync,
  verifyJws,
} from "@tallystick/proto";
import { z } from "zod";
import { closingError } from "./closing-errors.ts";
import type { Person } from "./reporting-policy.ts";

/** `typ` of the JWS by which a person signs. */
export const PERIOD_TYP = "tallystick-period+jws";

/**
 * What each person signs, the same bytes all of them: that a report closes its period (`report` is its digest, and its number says
 * whether it is the first), or that a closed period is open again. `reporting` is the digest of the reporting policy under which it is
 * signed: whose signatures count, and how many it takes, does not change while it waits.
 */
export type PeriodStatement =
  | {
      readonly v: 1;
      readonly action: "close";
      readonly member: string;
      readonly period: string;
      readonly start: string;
      readonly end: string;
      readonly number: number;
      readonly report: string;
      readonly reporting: string;
    }
  | {
      readonly v: 1;
      readonly action: "reopen";
      readonly member: string;
      readonly period: string;
      readonly start: string;
      readonly end: string;
      readonly number: number;
      /** Digest of the report that no longer closes the period. */
      readonly report: string;
      readonly reporting: string;
      readonly reason: string;
    };

/** Most characters of a reason. */
export const MAX_REASON = 500;

/** @throws REASON_INVALID */
export function requireReason(reason: string | undefined): string {
  const kept = reason?.isWellFormed() === true && reason.trim() !== "" && reason.length <= MAX_REASON;
  // Others read it on a terminal.
  if (reason === undefined || !kept || /[\p{Cc}\p{Cf}]/u.test(reason)) {
    throw closingError("REASON_INVALID", { maxLength: MAX_REASON });
  }
  return reason;
}

const base = {
  v: z.literal(1),
  member: z.string().max(256),
  period: z.string().min(1).max(80),
  start: z.string().max(10),
  end: z.string().max(10),
  number: z.int().min(0),
  report: z.string().max(64),
  reporting: z.string().max(64),
};
export const periodStatementSchema: z.ZodType<PeriodStatement> = z.discriminatedUnion("action", [
  z.strictObject({ ...base, action: z.literal("close") }),
  z.strictObject({ ...base, action: z.literal("reopen"), reason: z.string().min(1).max(MAX_REASON) }),
]);

export function signStatement(statement: PeriodStatement, kid: string, key: Signer): Promise<string> {
  return signJwsAsync(PERIOD_TYP, kid, statement as unknown as JsonObject, key);
}

/** A statement with who signed it. */
export interface SignedStatement {
  readonly statement: PeriodStatement;
  readonly kid: string;
}

/**
 * Checks one person's signature.
 * @throws PERSON_UNKNOWN, KEY_NOT_ADMISSIBLE, SIGNATURE_INVALID, JWS_MALFORMED, STATEMENT_DIFFERS
 */
export function verifyStatement(compact: string, persons: readonly Person[]): SignedStatement {
  const keyOf = (kid: string): PublicKey => {
    const person = persons.find((candidate) => candidate.kid === kid);
    if (person === undefined) throw closingError("PERSON_UNKNOWN", { kid });
    return admitPublicKey(decodeBase64url(person.key));
  };
  const { header, payload } = verifyJws(compact, PERIOD_TYP, keyOf);
  const parsed = periodStatementSchema.safeParse(payload);
  if (!parsed.success)
    throw closingError("STATEMENT_DIFFERS", { period: "", reason: "not a statement about a period" });
  return { statement: parsed.data, kid: header.kid };
}
