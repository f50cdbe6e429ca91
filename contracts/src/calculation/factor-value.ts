import { contractError } from "../errors.ts";
import { formatExact } from "../exact/format-rational.ts";
import { add, div, mul, parseDecimal, type Rational, ZERO } from "../exact/rational.ts";
import type { FactorGas, FactorNumerator, FactorRow } from "../factors/factor-row.ts";
import type { FactorSet } from "../factors/factor-set.ts";
import { gwpOf } from "../gases/gwp.ts";
import { GWP100, type GwpSet } from "../gases/gwp-table.ts";
import { isBiogenicCo2 } from "../gases/reported-apart.ts";

/** Under which GWPs a figure is wanted. */
export interface GwpChoice {
  readonly set: GwpSet;
  /** Whether a figure may stay as its publisher converted it, where it has no gases to convert anew. */
  readonly orPublished: boolean;
}

/** One gas's part of a factor, per one of its denominator. */
export interface GasValue {
  readonly gas: string;
  /** Mass of the gas itself; absent where the publisher gives CO2e of it and no GWP tells the mass. */
  readonly kg?: Rational;
  /** Under the GWPs of the factor value; 0 for what is reported apart. */
  readonly kgCo2e: Rational;
}

/** What a factor comes to, per one of its denominator, exactly. */
export interface FactorValue {
  readonly kgCo2e: Rational;
  /** Empty where the publisher gives CO2e alone. */
  readonly gases: readonly GasValue[];
  /** CO2 of biomass, kg: apart from `kgCo2e`. */
  readonly biogenicKgCo2: Rational;
  /** "AR5", or "AR4 as published" where the publisher's own figure is used. */
  readonly gwp: string;
  /** In the publisher's figures: "0.2 kg CO2e", "(0.175 kg co2 + 0.005 g ch4 × 28)". */
  readonly text: string;
}

const TO_KG: Readonly<Record<FactorNumerator, Rational>> = {
  kg: { n: 1n, d: 1n },
  g: { n: 1n, d: 1000n },
  t: { n: 1000n, d: 1n },
  lb: { n: 45_359_237n, d: 100_000_000n },
};

/** What a row came to when it was last asked for: a ledger of a million lines asks for a few thousand rows, again and again. */
const lastValues = new WeakMap<
  FactorRow,
  { readonly set: FactorSet; readonly choice: GwpChoice | undefined; readonly value: FactorValue }
>();

/**
 * What a row comes to under a choice of GWPs. Its own CO2e figure is used where its set is under those GWPs, or where nothing is asked; it
 * is computed from its gases where they are others. CO2e of a gas is first turned back into the gas, never multiplied again.
 *
 * @throws FACTOR_NOT_A_VALUE for a bound, a blank or a withdrawn row; GWP_SET_UNAVAILABLE; GAS_UNKNOWN
 */
export function factorValue(row: FactorRow, set: FactorSet, choice?: GwpChoice): FactorValue {
  const last = lastValues.get(row);
  if (last !== undefined && last.set === set && last.choice === choice) return last.value;
  const value = computeValue(row, set, choice);
  lastValues.set(row, { set, choice, value });
  return value;
}

function computeValue(row: FactorRow, set: FactorSet, choice: GwpChoice | undefined): FactorValue {
  const name = `${set.id}@${set.version}`;
  const published = set.gwpSet === "mixed" ? undefined : set.gwpSet;
  if (row.kind === "by-gas") {
    const wanted = choice?.set ?? published;
    if (wanted === undefined) throw unavailable(name, row.key, "none", "the set mixes several, and none was asked for");
    return fromGases(row.gases, published, wanted);
  }
  if (row.kind !== "value") throw contractError("FACTOR_NOT_A_VALUE", { set: name, key: row.key, kind: row.kind });
  if (choice === undefined || choice.set === published) return asPublished(row, set, published);
  if (row.gases !== undefined && canConvert(row.gases, published, choice.set)) {
    return fromGases(row.gases, published, choice.set);
  }
  if (choice.orPublished) return asPublished(row, set, published);
  throw unavailable(name, row.key, choice.set, `published under ${set.gwpSet} without its gases`);
}

function asPublished(
  row: Extract<FactorRow, { kind: "value" }>,
  set: FactorSet,
  published: GwpSet | undefined,
): FactorValue {
  const { value, numerator = "kg", gases = [] } = row;
  return {
    kgCo2e: mul(parseDecimal(value), TO_KG[numerator]),
    gases: gases.map((gas) => gasValue(gas, published, published)),
    biogenicKgCo2: biogenicOf(gases),
    gwp: `${set.gwpSet} as published`,
    text: `${value} ${numerator} CO2e`,
  };
}

/** The figure that gases come to under `wanted`, given as their publisher converted them under `published`. */
function fromGases(gases: readonly FactorGas[], published: GwpSet | undefined, wanted: GwpSet): FactorValue {
  const parts = gases.map((gas) => gasValue(gas, published, wanted));
  let kgCo2e = ZERO;
  for (const part of parts) kgCo2e = add(kgCo2e, part.kgCo2e);
  const counted = gases.filter(({ gas }) => !isBiogenicCo2(gas)).map((gas) => gasText(gas, published, wanted));
  const text = counted.length === 1 ? (counted[0] ?? "") : `(${counted.join(" + ")})`;
  return { kgCo2e, gases: parts, biogenicKgCo2: biogenicOf(gases), gwp: wanted, text };
}

/** "0.005 g ch4 × 28"; where its publisher converted it under other GWPs, "0.14 kg CO2e of ch4 ÷ 28 × 27.9". */
function gasText(
  { gas, basis, value, numerator = "kg" }: FactorGas,
  published: GwpSet | undefined,
  wanted: GwpSet,
): string {
  const gwp = (set: GwpSet): string => formatExact(gwpOf(gas, set));
  if (basis === "gas") return `${value} ${numerator} ${gas}${gas === "co2" ? "" : ` × ${gwp(wanted)}`}`;
  const given = `${value} ${numerator} CO2e of ${gas}`;
  const stays = published === undefined || published === wanted || !hasGwp(gas, published) || gas === "co2";
  return stays ? given : `${given} ÷ ${gwp(published)} × ${gwp(wanted)}`;
}

function gasValue(given: FactorGas, published: GwpSet | undefined, wanted: GwpSet | undefined): GasValue {
  const { gas, basis, value, numerator = "kg" } = given;
  const kg = mul(parseDecimal(value), TO_KG[numerator]);
  if (isBiogenicCo2(gas)) return { gas, kg, kgCo2e: ZERO };
  if (basis === "gas") {
    return wanted === undefined ? { gas, kg, kgCo2e: ZERO } : { gas, kg, kgCo2e: mul(kg, gwpOf(gas, wanted)) };
  }
  // A publisher's bucket of many gases has no GWP of its own: it stays as it was converted.
  if (published === undefined || wanted === undefined || !hasGwp(gas, published)) return { gas, kgCo2e: kg };
  const mass = div(kg, gwpOf(gas, published));
  return { gas, kg: mass, kgCo2e: wanted === published ? kg : mul(mass, gwpOf(gas, wanted)) };
}

function canConvert(gases: readonly FactorGas[], published: GwpSet | undefined, wanted: GwpSet): boolean {
  return gases.every(({ gas, basis }) => {
    if (isBiogenicCo2(gas)) return true;
    if (basis === "gas") return hasGwp(gas, wanted);
    return !isKnownGas(gas) || (published !== undefined && hasGwp(gas, published) && hasGwp(gas, wanted));
  });
}

/** True for a gas that any set has a GWP of: a publisher's bucket of many gases has none. */
export const isKnownGas = (gas: string): boolean => Object.hasOwn(GWP100, gas);
const hasGwp = (gas: string, set: GwpSet): boolean => isKnownGas(gas) && GWP100[gas]?.[set] !== undefined;

function biogenicOf(gases: readonly FactorGas[]): Rational {
  let kg = ZERO;
  for (const { gas, value, numerator = "kg" } of gases) {
    if (isBiogenicCo2(gas)) kg = add(kg, mul(parseDecimal(value), TO_KG[numerator]));
  }
  return kg;
}

const unavailable = (set: string, key: string, gwpSet: string, reason: string): Error =>
  contractError("GWP_SET_UNAVAILABLE", { set, key, gwpSet, reason });
