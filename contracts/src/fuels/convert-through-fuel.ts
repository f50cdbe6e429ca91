import { type Step, step } from "../calculation/step.ts";
import { contractError } from "../errors.ts";
import { formatExact } from "../exact/format-rational.ts";
import { div, mul, type Rational } from "../exact/rational.ts";
import type { Unit } from "../units/multiply-units.ts";
import { convertUnits, unitOf } from "../units/unit.ts";
import { type FuelHop, type FuelLink, fuelLinkOf, wayThrough } from "./fuel-links.ts";
import type { FuelProperties, FuelPropertySet } from "./fuel-property-set.ts";

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

/** A fuel made ready: its links, and the ways through them that were asked for. */
interface IndexedFuel {
  readonly links: readonly FuelLink[];
  readonly ways: Map<string, readonly FuelHop[]>;
}

const indexes = new WeakMap<FuelProperties, IndexedFuel>();

/**
 * An amount of a named fuel in another unit, exactly: mass, volume, standard gas, and energy on the gross or on the net
 * calorific value, each reached from another only by the properties that the set states for that fuel. The units say the
 * calorific basis ("kWh_gross"); plain energy is no fuel's.
 *
 * @param set as `parseFuelPropertySet` gives it
 * @throws FUEL_UNKNOWN, FUEL_PROPERTY_MISSING (no property of the fuel leads there), UNIT_UNKNOWN, UNIT_AMBIGUOUS, UNIT_UNPRICED
 */
export function convertThroughFuel(quantity: Rational, from: string, to: string, { fuel, set }: NamedFuel): FuelAmount {
  const setName = `${set.id}@${set.version}`;
  const properties = set.fuels.find((one) => one.fuel === fuel);
  if (properties === undefined) throw contractError("FUEL_UNKNOWN", { set: setName, fuel: fuel.slice(0, 64) });
  return convertByFuel(quantity, unitOf(from), unitOf(to), properties, setName);
}

/**
 * The same by the properties alone, of a set or of a delivery note.
 *
 * @param fuel as `parseFuelPropertySet` or `parseLedgerLine` gives it
 * @param set which set it is of, for errors and citations
 * @throws FUEL_PROPERTY_MISSING
 */
export function convertByFuel(
  quantity: Rational,
  from: Unit,
  to: Unit,
  fuel: FuelProperties,
  set = "stated",
): FuelAmount {
  const way = wayOf(indexOf(fuel), from.measures, to.measures);
  if (way === undefined) {
    throw contractError("FUEL_PROPERTY_MISSING", { set, fuel: fuel.fuel, from: from.measures, to: to.measures });
  }
  const last = follow(quantity, from, way).at(-1) ?? { value: quantity, unit: from };
  return {
    value: convertUnits(last.value, last.unit, to),
    get steps() {
      return stepsOf(quantity, from, way, to, `${set}#${fuel.fuel}: ${fuel.source}`);
    },
  };
}

/** The other measures that a fuel's properties lead to from one, in the order of the properties. */
export function measuresThrough(fuel: FuelProperties, from: string): readonly string[] {
  const indexed = indexOf(fuel);
  const all = new Set(indexed.links.flatMap(({ of, per }) => [of.measures, per.measures]));
  return [...all].filter((to) => to !== from && wayOf(indexed, from, to) !== undefined);
}

function indexOf(fuel: FuelProperties): IndexedFuel {
  let indexed = indexes.get(fuel);
  if (indexed === undefined) {
    const links = fuel.properties.map(fuelLinkOf).filter((link) => link !== undefined);
    indexed = { links, ways: new Map() };
    indexes.set(fuel, indexed);
  }
  return indexed;
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
