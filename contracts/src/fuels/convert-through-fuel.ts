import { type Step, step } from "../calculation/step.ts";
import { contractError } from "../errors.ts";
import { formatExact } from "../exact/format-rational.ts";
import { div, mul, type Rational } from "../exact/rational.ts";
import type { Unit } from "../units/multiply-units.ts";
import { convertUnits, unitOf } from "../units/unit.ts";
import { type FuelHop, type FuelLink, fuelLinkOf, wayThrough } from "./fuel-links.ts";
import type { FuelPropertySet } from "./fuel-property-set.ts";

/** An amount of a fuel in another measure, and how it got there. */
export interface FuelAmount {
  readonly value: Rational;
  /** Made when asked for. */
  readonly steps: readonly Step[];
}

/** Which fuel, by whose figures. */
export interface NamedFuel {
  readonly fuel: string;
  readonly set: FuelPropertySet;
}

/** A fuel of a set made ready: its links, and the ways through them that were asked for. */
interface IndexedFuel {
  readonly source: string;
  readonly links: readonly FuelLink[];
  readonly ways: Map<string, readonly FuelHop[]>;
}

const indexes = new WeakMap<FuelPropertySet, ReadonlyMap<string, IndexedFuel>>();

/**
 * An amount of a named fuel in another unit, exactly: mass, volume, standard gas, and energy on the gross or on the net
 * calorific value, each reached from another only by the properties that the set states for that fuel. The units say the
 * calorific basis ("kWh_gross"); plain energy is no fuel's.
 *
 * @param set as `parseFuelPropertySet` gives it
 * @throws FUEL_UNKNOWN, FUEL_PROPERTY_MISSING (no property of the fuel leads there), UNIT_UNKNOWN, UNIT_AMBIGUOUS, UNIT_UNPRICED
 */
export function convertThroughFuel(quantity: Rational, from: string, to: string, { fuel, set }: NamedFuel): FuelAmount {
  const [source, target] = [unitOf(from), unitOf(to)];
  const indexed = indexOf(set).get(fuel);
  if (indexed === undefined) throw contractError("FUEL_UNKNOWN", { set: nameOf(set), fuel: fuel.slice(0, 64) });
  const way = wayOf(indexed, source.measures, target.measures);
  if (way === undefined) {
    throw contractError("FUEL_PROPERTY_MISSING", {
      set: nameOf(set),
      fuel,
      from: source.measures,
      to: target.measures,
    });
  }
  const last = follow(quantity, source, way).at(-1) ?? { value: quantity, unit: source };
  return {
    value: convertUnits(last.value, last.unit, target),
    get steps() {
      return stepsOf(quantity, source, way, target, `${nameOf(set)}#${fuel}: ${indexed.source}`);
    },
  };
}

const nameOf = ({ id, version }: FuelPropertySet): string => `${id}@${version}`;

function indexOf(set: FuelPropertySet): ReadonlyMap<string, IndexedFuel> {
  let index = indexes.get(set);
  if (index === undefined) {
    index = new Map(
      set.fuels.map(({ fuel, source, properties }) => {
        const links = properties.map(fuelLinkOf).filter((link) => link !== undefined);
        return [fuel, { source, links, ways: new Map() }];
      }),
    );
    indexes.set(set, index);
  }
  return index;
}

/** Only what the links lead to is remembered, so a fuel has at most 20 ways. */
function wayOf({ links, ways }: IndexedFuel, from: string, to: string): readonly FuelHop[] | undefined {
  const key = `${from} ${to}`;
  const way = ways.get(key) ?? wayThrough(links, from, to);
  if (way !== undefined && way.length > 0) ways.set(key, way);
  return way;
}

interface Reached {
  readonly value: Rational;
  readonly unit: Unit;
  /** The amount that the hop began with, in the unit of its property. */
  readonly begun: Rational;
}

function follow(quantity: Rational, from: Unit, way: readonly FuelHop[]): Reached[] {
  const reached: Reached[] = [];
  let value = quantity;
  let unit = from;
  for (const { link, forward } of way) {
    const begun = convertUnits(value, unit, forward ? link.per : link.of);
    value = forward ? mul(begun, link.value) : div(begun, link.value);
    unit = forward ? link.of : link.per;
    reached.push({ value, unit, begun });
  }
  return reached;
}

function stepsOf(quantity: Rational, from: Unit, way: readonly FuelHop[], to: Unit, source: string): Step[] {
  const steps: Step[] = [];
  let [value, unit] = [quantity, from];
  const restate = (next: Rational, as: Unit): void => {
    if (unit.code !== as.code) steps.push(step(`${formatExact(value)} ${unit.code} in ${as.code}`, next, as.code));
  };
  for (const [at, { value: end, unit: endUnit, begun }] of follow(quantity, from, way).entries()) {
    const { link, forward } = way[at] as FuelHop;
    restate(begun, forward ? link.per : link.of);
    steps.push(step(`${forward ? "×" : "÷"} ${link.text}`, end, endUnit.code, source));
    [value, unit] = [end, endUnit];
  }
  restate(convertUnits(value, unit, to), to);
  return steps;
}
