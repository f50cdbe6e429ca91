import { isMoneyDenominator } from "../factors/factor-row.ts";
import { unitOf } from "../units/unit.ts";

/** What a figure is about, for its basic spread. */
export type BasicKind =
  | "energy"
  | "electricity"
  | "materials"
  | "waste-treatment"
  | "transport-services"
  | "infrastructure"
  | "co2-emissions"
  | "combustion-ch4"
  | "combustion-n2o";

/**
 * Basic spreads: the GSD2 that a figure has however good its data are, by what it is about. Recalled from the GHG Protocol's and
 * ecoinvent's tables, not read in them.
 */
export const BASIC_GSD2: Readonly<Record<BasicKind, number>> = {
  energy: 1.05,
  electricity: 1.05,
  materials: 1.05,
  "waste-treatment": 1.05,
  "transport-services": 2,
  infrastructure: 3,
  "co2-emissions": 1.05,
  "combustion-ch4": 1.5,
  "combustion-n2o": 1.5,
};

/** What is taken where the kind is not known: the widest of the table. */
export const UNKNOWN_BASIC_GSD2: number = Math.max(...Object.values(BASIC_GSD2));

/**
 * The kind of what is counted in a unit, as far as the unit tells: mass, volume, gas and pieces are materials, energy is energy, and what has
 * a length in it once is transport. Money, areas, times and nights tell nothing: undefined.
 * @throws UNIT_UNKNOWN, UNIT_AMBIGUOUS
 */
export function basicKindOf(denominator: string): BasicKind | undefined {
  if (isMoneyDenominator(denominator)) return undefined;
  const { dimension, measures } = unitOf(denominator);
  if (dimension.length === 1) return "transport-services";
  if (ENERGY.includes(measures)) return "energy";
  return MATERIALS.includes(measures) ? "materials" : undefined;
}

const ENERGY: readonly string[] = ["energy", "energy-gross", "energy-net"];
const MATERIALS: readonly string[] = ["mass", "length^3", "standard-gas", "piece"];

/** The basic spread of what is counted in a unit; `UNKNOWN_BASIC_GSD2` where the unit tells nothing. @throws UNIT_UNKNOWN, UNIT_AMBIGUOUS */
export function basicGsd2Of(denominator: string): number {
  const kind = basicKindOf(denominator);
  return kind === undefined ? UNKNOWN_BASIC_GSD2 : BASIC_GSD2[kind];
}
