import {
  canonicalJson,
  encodeBase64,
  type JsonObject,
  type PublicKey,
  parseJws,
  sha256,
  signJwsAsync,
  utf8Encode,
  verifyJws,
} from "@tallystick/proto";
import { z } from "zod";
import type { Signatory } from "../agreement/agreement-terms.ts";
import { closingError } from "./closing-errors.ts";
import type { PeriodStatement } from "./period-statement.ts";
import { type Person, personSchema } from "./reporting-policy.ts";

/** `typ` of the JWS by which a member vouches for the persons who signed for it. */
export const PERIOD_VOUCH_TYP = "tallystick-period-vouch+jws";

/** What a member signs with its attesting key once a statement is complete: that these persons, by these keys, signed it for the member. */
export interface PeriodVouch {
  readonly v: 1;
  readonly member: string;
  /** Base64 SHA-256 of the statement's JCS. */
  readonly statement: string;
  readonly persons: readonly Person[];
}

const vouchSchema: z.ZodType<PeriodVouch> = z.strictObject({
  v: z.literal(1),
  member: z.string().max(256),
  statement: z.string().max(64),
  persons: z.array(personSchema).max(32),
});

export function statementDigest(statement: PeriodStatement): string {
  return encodeBase64(sha256(utf8Encode(canonicalJson(statement as unknown as JsonObject))));
}

/** The compact JWS. */
export function vouchFor(
  statement: PeriodStatement,
  persons: readonly Person[],
  { did, kid, key }: Signatory,
): Promise<string> {
  const vouch: PeriodVouch = { v: 1, member: did, statement: statementDigest(statement), persons };
  return signJwsAsync(PERIOD_VOUCH_TYP, kid, vouch as unknown as JsonObject, key);
}

/**
 * Checks that a member vouches for exactly these persons and this statement.
 * @returns the id of the key that signed it
 *
 * @param keyOf the attesting key of that id, of that very member
 * @throws REPORT_INVALID, SIGNATURE_INVALID, KEY_UNKNOWN, JWS_MALFORMED
 */
export function verifyVouch(
  compact: string,
  statement: PeriodStatement,
  persons: readonly Person[],
  keyOf: (kid: string) => PublicKey | undefined,
): string {
  const { header, payload } = verifyJws(compact, PERIOD_VOUCH_TYP, keyOf);
  const parsed = vouchSchema.safeParse(payload);
  const expected: PeriodVouch = { v: 1, member: statement.member, statement: statementDigest(statement), persons };
  if (!parsed.success || textOf(parsed.data) !== textOf(expected)) {
    throw closingError("REPORT_INVALID", { reason: "the member vouches for another statement or other persons" });
  }
  return header.kid;
}

/**
 * The same vouch by the key in use: what was signed by one that is out of use says nothing any more of when it was signed. A vouch that the
 * key in use made is left as it is.
 *
 * @param compact the member's own, from its own store
 * @throws JWS_MALFORMED, REPORT_INVALID, and what the signer throws
 */
export async function vouchAnew(compact: string, statement: PeriodStatement, self: Signatory): Promise<string> {
  const { header, payload } = parseJws(compact, PERIOD_VOUCH_TYP);
  if (header.kid === self.kid) return compact;
  const parsed = vouchSchema.safeParse(payload);
  if (!parsed.success) throw closingError("REPORT_INVALID", { reason: "the vouch that is stored is none" });
  return vouchFor(statement, parsed.data.persons, self);
}

const textOf = (vouch: PeriodVouch): string => canonicalJson(vouch as unknown as JsonObject);
