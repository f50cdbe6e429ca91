import type { Confidence, ConfidenceReason, Coverage } from "./inventory.ts";
import type { ConfidenceThreshold, InventoryPolicy } from "./inventory-policy.ts";
import type { Totals } from "./totals.ts";

/** What tells on confidence beside the figures themselves. */
export interface Circumstances {
  readonly refusedEvidence: boolean;
  readonly faults: boolean;
  readonly registryStale: boolean;
  readonly weakWitnessing: boolean;
}

/** The figures that confidence is judged by. */
export type ConfidenceFigures = Pick<
  Totals,
  | "unsupportedLines"
  | "spendLines"
  | "spendMicro"
  | "countedSpendMicro"
  | "magnitudeNano"
  | "verifiedMagnitudeNano"
  | "provisionalLines"
  | "sponsoredLines"
> & { readonly all: { readonly lines: number } };

export function coverageOf(totals: ConfidenceFigures): Coverage {
  const total = totals.all.lines;
  const counted = total - totals.unsupportedLines;
  const lines = { counted, total, share: formatShare(shareOf(BigInt(counted), BigInt(total))) };
  if (totals.spendLines === 0) return { lines };
  const share = formatShare(shareOf(totals.countedSpendMicro, totals.spendMicro));
  return { lines, spend: { lines: totals.spendLines, share } };
}

/**
 * The level is `high` or `medium` where both coverages (of lines, and of spend where known) and the verified share
 * reach the policy's threshold of that level, else `low`. Any of `faults`, `provisional`, `refused-evidence`,
 * `registry-stale`, `sponsored-members` and `weak-witnessing` keeps it at `medium` at most. Every reason is named,
 * whether or not it decided the level.
 */
export function confidenceOf(
  totals: ConfidenceFigures,
  policy: InventoryPolicy,
  circumstances: Circumstances,
): Confidence {
  const coverage = coverageOf(totals);
  const covered = Math.min(parseShare(coverage.lines.share), parseShare(coverage.spend?.share ?? "1"));
  const verified = shareOf(totals.verifiedMagnitudeNano, totals.magnitudeNano);
  const { high, medium } = policy.confidence;
  const caps: ConfidenceReason[] = [];
  if (circumstances.faults) caps.push("faults");
  if (totals.provisionalLines > 0) caps.push("provisional");
  if (circumstances.refusedEvidence) caps.push("refused-evidence");
  if (circumstances.registryStale) caps.push("registry-stale");
  if (totals.sponsoredLines > 0) caps.push("sponsored-members");
  if (circumstances.weakWitnessing) caps.push("weak-witnessing");
  const shortfalls: ConfidenceReason[] = [];
  if (covered < parseShare(high.coverage)) shortfalls.push("low-coverage");
  if (verified < parseShare(high.verified)) shortfalls.push("low-verified-share");
  if (totals.unsupportedLines > 0) shortfalls.push("unsupported-lines");
  const reaches = (threshold: ConfidenceThreshold): boolean =>
    covered >= parseShare(threshold.coverage) && verified >= parseShare(threshold.verified);
  const level = reaches(high) && caps.length === 0 ? "high" : reaches(high) || reaches(medium) ? "medium" : "low";
  return { level, verifiedShare: formatShare(verified), reasons: [...caps, ...shortfalls].sort() };
}

/** A share in ten-thousandths, rounded down; of nothing, nothing. */
function shareOf(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((part * 10_000n) / whole);
}

function formatShare(tenThousandths: number): string {
  const digits = String(tenThousandths).padStart(5, "0");
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

function parseShare(text: string): number {
  const [whole = "0", fraction = ""] = text.split(".");
  return Number(whole) * 10_000 + Number(fraction.padEnd(4, "0"));
}
