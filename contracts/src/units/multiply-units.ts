import { div, mul, ONE, type Rational, reduce } from "../exact/rational.ts";
import { BoundedCache } from "./bounded-cache.ts";
import { DIMENSIONLESS, type Dimension, divideDimensions, formatDimension, multiplyDimensions } from "./dimension.ts";

/** One row of the unit table, or money of a year. */
export interface SimpleUnit {
  readonly code: string;
  readonly dimension: Dimension;
  /** In the base units of its dimension. */
  readonly size: Rational;
}

/** A simple unit and whether it is multiplied or divided by. */
export interface UnitTerm {
  readonly simple: SimpleUnit;
  readonly power: 1 | -1;
}

/** A unit, or a product or ratio of units, with its exact size in the base units of its dimension. */
export interface Unit extends SimpleUnit {
  /** Canonical code: "kg", "t-km", "kWh/piece". Equal codes are equal units. */
  readonly code: string;
  /** `formatDimension` of it: equal text means convertible. */
  readonly measures: string;
  /** What it is made of, in order; nothing for a plain number. */
  readonly terms: readonly UnitTerm[];
}

/** A unit that a quantity is multiplied (1) or divided (-1) by. */
export interface UnitPower {
  readonly unit: Unit;
  readonly power: 1 | -1;
}

const products = new BoundedCache<Unit>();

/**
 * The unit of a product of quantities, in which a unit divided by itself is left out: kWh/piece times piece is kWh, and
 * kg-km divided by h stays kg-km/h. What is left is not converted: mi-km stays mi-km. `convertUnits` states it in another unit.
 */
export function multiplyUnits(units: readonly UnitPower[]): Unit {
  let key = "";
  for (const { unit, power } of units) key += `${power === 1 ? "*" : "/"} ${unit.code} `;
  return products.get(key, () => unitOfTerms(cancel(units)));
}

/** The unit of terms as they stand: nothing is left out. */
export function unitOfTerms(terms: readonly UnitTerm[]): Unit {
  let dimension: Dimension = {};
  let size = ONE;
  for (const { simple, power } of terms) {
    dimension = (power === 1 ? multiplyDimensions : divideDimensions)(dimension, simple.dimension);
    size = (power === 1 ? mul : div)(size, simple.size);
  }
  return { code: codeOf(terms), dimension, measures: formatDimension(dimension), size: reduce(size), terms };
}

function codeOf(terms: readonly UnitTerm[]): string {
  const side = (power: 1 | -1): string =>
    terms
      .filter((term) => term.power === power)
      .map(({ simple }) => simple.code)
      .join("-");
  const [over, under] = [side(1) || DIMENSIONLESS, side(-1)];
  return under === "" ? over : `${over}/${under}`;
}

function cancel(units: readonly UnitPower[]): UnitTerm[] {
  const left: UnitTerm[] = [];
  for (const { unit, power } of units) {
    for (const term of unit.terms) {
      const turned = term.power === power ? 1 : -1;
      const opposite = left.findIndex((other) => other.simple.code === term.simple.code && other.power !== turned);
      if (opposite < 0) left.push({ simple: term.simple, power: turned });
      else left.splice(opposite, 1);
    }
  }
  return [...left.filter(({ power }) => power === 1), ...left.filter(({ power }) => power === -1)];
}
