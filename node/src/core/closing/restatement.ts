import { formatScaled, parseNanoKg } from "@tallystick/contracts";
import {
  DIFF_CAUSES,
  type DiffCause,
  diffInventories,
  type InventoryDifference,
} from "../inventory/diff-inventories.ts";
import type { LineFigure } from "../inventory/line-figure.ts";
import type { ReportWithLines } from "./inventory-report.ts";
import type { ReportingPolicy } from "./reporting-policy.ts";

/** How far what is known now is from what a report says. */
export interface Drift {
  readonly difference: InventoryDifference;
  /** Magnitude of the delta as a share of the report's total, six decimals, rounded down; absent where that total is zero. */
  readonly share?: string;
  /** At or above the policy's materiality; any change of a total of zero is. */
  readonly material: boolean;
}

/** Compares a closed period with what is known now. */
export function driftOf(closed: ReportWithLines, now: readonly LineFigure[], policy: ReportingPolicy): Drift {
  const difference = diffInventories(closed.lines, now);
  return { difference, ...judge(difference.deltaKgCo2e, difference.beforeKgCo2e, policy.materiality) };
}

const SHARE_DECIMALS = 6;

function judge(delta: string, total: string, threshold: string): { share?: string; material: boolean } {
  const [size, whole] = [magnitude(parseNanoKg(delta)), magnitude(parseNanoKg(total))];
  if (size === 0n)
    return whole === 0n ? { material: false } : { share: formatScaled(0n, SHARE_DECIMALS), material: false };
  if (whole === 0n) return { material: true };
  const scale = 10n ** BigInt(SHARE_DECIMALS);
  const [units = "0", fraction = ""] = threshold.split(".");
  const limit = BigInt(units + fraction.padEnd(SHARE_DECIMALS, "0"));
  return { share: formatScaled((size * scale) / whole, SHARE_DECIMALS), material: size * scale >= limit * whole };
}

const magnitude = (nano: bigint): bigint => (nano < 0n ? -nano : nano);

/**
 * Whether the base year must be recalculated: all that changed about it, taken together and not one by one, reaches the significance
 * threshold (GHG Protocol, Scope 3 Standard, 9.3). Growth of the company never does: it changes later years, not this one.
 */
export interface BaseYearFinding {
  readonly period: string;
  readonly deltaKgCo2e: string;
  readonly share?: string;
  readonly significance: string;
  readonly recalculate: boolean;
  readonly causes: readonly DiffCause[];
}

export function baseYearFinding(drift: Drift, baseYear: NonNullable<ReportingPolicy["baseYear"]>): BaseYearFinding {
  const { beforeKgCo2e, deltaKgCo2e, byCause } = drift.difference;
  const { share, material } = judge(deltaKgCo2e, beforeKgCo2e, baseYear.significance);
  return {
    period: baseYear.period,
    deltaKgCo2e,
    ...(share === undefined ? {} : { share }),
    significance: baseYear.significance,
    recalculate: material,
    causes: DIFF_CAUSES.filter((cause) => byCause[cause] !== undefined),
  };
}
