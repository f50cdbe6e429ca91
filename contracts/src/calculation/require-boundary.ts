import { contractError } from "../errors.ts";
import type { ActivityData } from "../ledger/ledger-line.ts";
import type { Method } from "./method.ts";

/** A factor with what it, or each of its stages, says is in it. */
export interface BoundedFactor {
  /** Who is told of: a set, or a calculation and its term. */
  readonly set: string;
  readonly key: string;
  readonly says: readonly string[];
}

const isUpstream = (stage: string): boolean => /upstream|wtt|well.?to.?tank/i.test(stage);

/**
 * Losses and power that is sold on need a life cycle, and a figure does not say by itself what is in it. What a factor has in it is not
 * taken a second time.
 * @throws FACTOR_BOUNDARY_UNFIT
 */
export function requireBoundary(
  { boundary }: Method,
  shares: ActivityData["shares"],
  { set, key, says }: BoundedFactor,
): void {
  if (boundary === undefined) return;
  const unfit = (reason: string): Error => {
    const said = says.length === 0 ? "not stated" : says.join(", ");
    return contractError("FACTOR_BOUNDARY_UNFIT", { set, key, boundary: said, reason });
  };
  const { without } = boundary;
  if (
    without !== undefined &&
    Object.hasOwn(shares ?? {}, without.share) &&
    says.some((one) => without.says.test(one))
  ) {
    throw unfit(without.reason);
  }
  const isWhole = says.some((one) => boundary.says.test(one) && !isUpstream(one));
  if (!isWhole && !(says.some(isUpstream) && !says.every(isUpstream))) throw unfit(boundary.reason);
}
