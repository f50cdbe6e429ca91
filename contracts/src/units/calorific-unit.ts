import type { Base } from "./dimension.ts";
import type { SimpleUnit, Unit } from "./multiply-units.ts";

/** Which heat of a fuel's combustion counts: with (gross, higher) or without (net, lower) that of condensing its water. */
export type CalorificBasis = "gross" | "net";

/** "kWh_gross", and as publishers write it: "kWh (Gross CV)", "MMBtu_IT (HHV)". */
const CALORIFIC = /^(.+?)(?:_(gross|net)| \((gross|net)(?: cv)?\)| \((hhv|lhv)\))$/i;
const BASES: Readonly<Record<CalorificBasis, Base>> = { gross: "energy-gross", net: "energy-net" };

/**
 * The unit of a fuel's energy on one calorific value. A fuel has about 5 % (oil) to 11 % (natural gas) more gross than net
 * kilowatt hours, so neither converts to the other, nor to the plain kilowatt hour of electricity and heat.
 */
export function calorificUnitOf(name: string, lookUp: (stem: string) => Unit | undefined): SimpleUnit | undefined {
  const [, stem, suffix, words, heating] = CALORIFIC.exec(name) ?? [];
  if (stem === undefined) return undefined;
  const unit = lookUp(stem);
  if (unit?.measures !== "energy") return undefined;
  const basis = /^(gross|hhv)$/i.test(suffix ?? words ?? heating ?? "") ? "gross" : "net";
  return { code: `${unit.code}_${basis}`, dimension: { [BASES[basis]]: 1 }, size: unit.size };
}
