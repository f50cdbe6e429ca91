import { type JsonObject, resolveDisclosures } from "@tallystick/proto";
import { z } from "zod";
import { contractError, type Finding } from "../errors.ts";
import { formatExact } from "../exact/format-rational.ts";
import { compare, parseDecimal, parsePactDecimal, sum } from "../exact/rational.ts";
import type { ProductFootprint } from "../footprint/product-footprint.ts";
import { finding, findingsOf } from "../schema/findings.ts";
import {
  type AttestationPayload,
  type DetailLine,
  detailLineSchema,
  type InputPin,
  inputPinSchema,
  readAttestationPayload,
} from "./attestation-payload.ts";

/** An attestation with its disclosed parts put back. */
export interface CheckedAttestation {
  /** As signed, hidden parts as digests. */
  readonly payload: AttestationPayload;
  readonly footprint: ProductFootprint;
  /** The disclosed ones. */
  readonly inputs: readonly InputPin[];
  /** The disclosed ones. */
  readonly lines: readonly DetailLine[];
  /** How many parts stay hidden. */
  readonly hidden: number;
  /** Warnings of the footprint. */
  readonly warnings: readonly Finding[];
}

const parts = z.looseObject({ inputs: z.array(inputPinSchema), lines: z.array(detailLineSchema) });

/**
 * Checks a payload, whose signature the caller has verified, together with what was disclosed of it. In `complete` mode
 * (an assurer's) everything must be disclosed and the lines, where there are any, must add up to the total exactly.
 * Disclosed parts are checked as strictly as clear ones.
 * @throws ATTESTATION_INVALID, FOOTPRINT_INVALID, DISCLOSURE_INVALID
 */
export function checkAttestation(
  signed: JsonObject,
  disclosures: readonly string[],
  mode: "partial" | "complete",
): CheckedAttestation {
  const { payload, warnings } = readAttestationPayload(signed);
  const resolved = resolveDisclosures(signed, disclosures, mode);
  const parsed = parts.safeParse(resolved.payload);
  if (!parsed.success) throw contractError("ATTESTATION_INVALID", { issues: findingsOf(parsed.error) });
  const { inputs, lines } = parsed.data;
  const footprint = payload.credentialSubject;
  if (mode === "complete" && lines.length > 0) requireSum(footprint, lines);
  return { payload, footprint, inputs, lines, hidden: resolved.hidden, warnings };
}

function requireSum({ pcf }: ProductFootprint, lines: readonly DetailLine[]): void {
  const total = parsePactDecimal(pcf.pcfExcludingBiogenicUptake);
  const summed = sum(lines.map((line) => parseDecimal(line.kgCo2e)));
  if (compare(total, summed) === 0) return;
  const message = `lines add up to ${formatExact(summed)}, the total is ${formatExact(total)}`;
  throw contractError("ATTESTATION_INVALID", { issues: [finding("lines", "sum", message)] });
}
