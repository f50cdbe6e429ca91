import { z } from "zod";
import { contractError } from "../errors.ts";
import { did, hash32, instant, origin } from "../schema/fields.ts";
import { parseOr } from "../schema/findings.ts";

/** `typ` of both JWSs of an agreement. */
export const AGREEMENT_TYP = "tallystick-agreement+jws";

/** What a buyer offers: data under one contract version, addressed by route tags from the committed key. */
export interface AgreementOffer {
  readonly v: 1;
  readonly type: "offer";
  readonly supplier: string;
  readonly buyer: string;
  /** URN of the contract version. */
  readonly contract: string;
  /** Origin of the supplier's feed. */
  readonly origin: string;
  /** Counts the route keys of this pair, from 0; the delivery counter starts anew with each. */
  readonly epoch: number;
  /** Base64 of the route key's commitment (docs/protocol.md, RT-1). */
  readonly routeKeyCommitment: string;
  readonly proposedAt: string;
}

/** The supplier's answer: names the exact offer. */
export interface AgreementAcceptance {
  readonly v: 1;
  readonly type: "acceptance";
  /** Base64 SHA-256 of the offer's compact JWS. */
  readonly offer: string;
  readonly supplier: string;
  readonly buyer: string;
  readonly acceptedAt: string;
}

const CONTRACT_URN = /^urn:tallystick:contract:[a-z0-9]+(?:-[a-z0-9]+)*:\d{1,5}\.\d{1,5}\.\d{1,5}$/;

const offerSchema: z.ZodType<AgreementOffer> = z
  .strictObject({
    v: z.literal(1),
    type: z.literal("offer"),
    supplier: did,
    buyer: did,
    contract: z.string().max(160).regex(CONTRACT_URN, "not a contract's URN"),
    origin,
    epoch: z.int().min(0).max(1_000_000),
    routeKeyCommitment: hash32,
    proposedAt: instant,
  })
  .refine(({ supplier, buyer }) => supplier !== buyer, { path: ["buyer"], message: "parties: one and the same" });

const acceptanceSchema: z.ZodType<AgreementAcceptance> = z.strictObject({
  v: z.literal(1),
  type: z.literal("acceptance"),
  offer: hash32,
  supplier: did,
  buyer: did,
  acceptedAt: instant,
});

/** @throws AGREEMENT_INVALID */
export function parseAgreementOffer(value: unknown): AgreementOffer {
  return parseOr(offerSchema, value, (issues) => contractError("AGREEMENT_INVALID", { issues }));
}

/** @throws AGREEMENT_INVALID */
export function parseAgreementAcceptance(value: unknown): AgreementAcceptance {
  return parseOr(acceptanceSchema, value, (issues) => contractError("AGREEMENT_INVALID", { issues }));
}
