import { contractError } from "../errors.ts";
import { mul, parseDecimal, type Rational } from "../exact/rational.ts";
import { BLENDS, type Blend } from "./blend-table.ts";
import type { GasAmount } from "./gwp.ts";

/** "R404A", "r-404a" and "R-404A" are one designation; "R-507" is R-507A. */
function blendOf(designation: string): Blend | undefined {
  const [, number, letter = ""] = /^R-?(\d{3})([A-F]?)$/i.exec(designation) ?? [];
  const name = `R-${number}${letter.toUpperCase()}`;
  if (number !== undefined && Object.hasOwn(BLENDS, name)) return BLENDS[name];
  return name === "R-507" ? BLENDS["R-507A"] : undefined;
}

/** True for a designation that `gasesOfBlend` knows. */
export function isBlend(designation: string): boolean {
  return blendOf(designation) !== undefined;
}

/**
 * The gases in an amount of a blend, exactly. Hydrocarbons and dimethyl ether are left out: no GWP set weights them.
 * @throws GAS_UNKNOWN
 */
export function gasesOfBlend(designation: string, kg: Rational): readonly GasAmount[] {
  const blend = blendOf(designation);
  if (blend === undefined) throw contractError("GAS_UNKNOWN", { gas: designation.slice(0, 64), gwpSet: "blends" });
  return Object.entries(blend.gases).map(([gas, fraction]) => ({
    gas,
    basis: "gas",
    kg: mul(kg, parseDecimal(fraction)),
  }));
}
