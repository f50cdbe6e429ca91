import { z } from "zod";
import { contractError } from "../errors.ts";
import { did, hash32, line, logNumber, origin } from "../schema/fields.ts";
import { parseOr } from "../schema/findings.ts";

/** `typ` of a revocation's JWS, whose hash stands in the `revoke` leaf. */
export const REVOCATION_TYP = "tallystick-revocation+jws";

/** Why an attestation is withdrawn: the first two are the words of the UK factor policy, and mean what they mean there. */
export const REVOCATION_REASONS = ["error", "methodology", "key-compromise", "withdrawn"] as const;

/** A signed statement that an entry no longer stands, with nothing in its place. */
export interface Revocation {
  readonly issuer: string;
  /** Log of both entries. */
  readonly origin: string;
  readonly targetIndex: number;
  /** Base64 of the target's leaf hash. */
  readonly targetLeaf: string;
  readonly reason: (typeof REVOCATION_REASONS)[number];
  readonly statement?: string;
}

const revocationSchema: z.ZodType<Revocation> = z.strictObject({
  issuer: did,
  origin,
  targetIndex: logNumber,
  targetLeaf: hash32,
  reason: z.enum(REVOCATION_REASONS),
  statement: line(1_000).exactOptional(),
});

/** @throws REVOCATION_INVALID */
export function parseRevocation(value: unknown): Revocation {
  return parseOr(revocationSchema, value, (issues) => contractError("REVOCATION_INVALID", { issues }));
}
