import { contractError } from "../errors.ts";
import { add, mul, parseDecimal, type Rational, sum, ZERO } from "../exact/rational.ts";
import { GWP100, type GwpSet } from "./gwp-table.ts";
import { isBiogenicCo2 } from "./reported-apart.ts";

/**
 * An amount of one gas. The basis is always said: multiplying what already is kg CO2e by a GWP again is the classic
 * error of factor imports.
 */
export interface GasAmount {
  readonly gas: string;
  /** `gas`: kilograms of the gas itself. `co2e`: kilograms of CO2e of that gas, converted by the publisher. */
  readonly basis: "gas" | "co2e";
  readonly kg: Rational;
}

/**
 * The 100-year global warming potential of a gas in a named set, kg CO2e per kg.
 * @throws GAS_UNKNOWN, also for a gas to which that set gives no value
 */
export function gwpOf(gas: string, gwpSet: GwpSet): Rational {
  const row = Object.hasOwn(GWP100, gas) ? GWP100[gas] : undefined;
  const value = row?.[gwpSet];
  if (value === undefined) throw contractError("GAS_UNKNOWN", { gas: gas.slice(0, 64), gwpSet });
  return parseDecimal(value);
}

/**
 * kg CO2e of a list of gas amounts under a GWP set, exactly. CO2 of biomass is left out, on either basis: `biogenicCo2` has it.
 * @throws GAS_UNKNOWN
 */
export function toCo2e(amounts: readonly GasAmount[], gwpSet: GwpSet): Rational {
  let total = ZERO;
  for (const { gas, basis, kg } of amounts) {
    if (isBiogenicCo2(gas)) continue;
    total = add(total, basis === "co2e" ? kg : mul(kg, gwpOf(gas, gwpSet)));
  }
  return total;
}

/** Kilograms of CO2 of biomass in a list of gas amounts, to be reported apart. */
export function biogenicCo2(amounts: readonly GasAmount[]): Rational {
  return sum(amounts.filter(({ gas }) => isBiogenicCo2(gas)).map(({ kg }) => kg));
}
