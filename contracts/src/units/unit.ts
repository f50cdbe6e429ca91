import { contractError } from "../errors.ts";
import { div, mul, ONE, parseDecimal, type Rational } from "../exact/rational.ts";
import { type Dimension, formatDimension, multiplyDimensions } from "./dimension.ts";
import { AMBIGUOUS_NAMES, PRODUCT_NAMES, UNIT_TABLE } from "./unit-table.ts";

/** A unit with its exact size in the base units of its dimension. */
export interface Unit {
  /** Canonical code: "kg", "t-km". */
  readonly code: string;
  readonly dimension: Dimension;
  /** `formatDimension` of it: equal text means convertible. */
  readonly measures: string;
  readonly size: Rational;
}

const MAX_CODE_LENGTH = 64;
const MAX_FACTORS = 3;

function parseSize(text: string): Rational {
  const [n = "", d] = text.split("/");
  return d === undefined ? parseDecimal(n) : div(parseDecimal(n), parseDecimal(d));
}

const exact = new Map<string, Unit>();
/** Names in lower case. Short symbols are not folded: "Mg" is not "mg", by nine orders of magnitude. */
const folded = new Map<string, Unit>();
const MIN_FOLDED_LENGTH = 4;

function register(spelling: string, unit: Unit): void {
  exact.set(spelling, unit);
  if (spelling.length >= MIN_FOLDED_LENGTH) folded.set(spelling.toLowerCase(), unit);
}

function product(units: readonly Unit[]): Unit {
  let dimension: Dimension = {};
  let size = ONE;
  for (const unit of units) {
    dimension = multiplyDimensions(dimension, unit.dimension);
    size = mul(size, unit.size);
  }
  return { code: units.map((unit) => unit.code).join("-"), dimension, measures: formatDimension(dimension), size };
}

for (const [code, dimension, size, spellings = []] of UNIT_TABLE) {
  const unit: Unit = { code, dimension, measures: formatDimension(dimension), size: parseSize(size) };
  for (const spelling of new Set([code, ...spellings])) register(spelling, unit);
}
for (const [name, codes] of Object.entries(PRODUCT_NAMES)) {
  register(name, product(codes.map((code) => exact.get(code) as Unit)));
}

function lookUp(code: string): Unit | undefined {
  const known = exact.get(code);
  if (known !== undefined) return known;
  const fold = code.toLowerCase();
  const alternatives = Object.hasOwn(AMBIGUOUS_NAMES, fold) ? AMBIGUOUS_NAMES[fold] : undefined;
  if (alternatives !== undefined) throw contractError("UNIT_AMBIGUOUS", { unit: code, alternatives });
  return folded.get(fold);
}

/**
 * The unit of a code, a spelling of it, or a product of up to three joined with "-", "*" or "·" ("t-km", "m2*year",
 * "passenger-km"). Ratios are not units.
 * @throws UNIT_UNKNOWN, UNIT_AMBIGUOUS (with the qualified names to choose from)
 */
export function unitOf(code: string): Unit {
  const text = code.length <= MAX_CODE_LENGTH ? code.trim() : "";
  const whole = lookUp(text);
  if (whole !== undefined) return whole;
  const parts = splitProduct(text);
  const units = parts.map((part) => lookUp(part));
  if (parts.length < 2 || units.some((unit) => unit === undefined)) {
    throw contractError("UNIT_UNKNOWN", { unit: code.slice(0, MAX_CODE_LENGTH) });
  }
  return product(units as Unit[]);
}

/** Splits at "*" and "·", else at "-", keeping codes that contain a hyphen ("short-ton-mi") together. */
function splitProduct(text: string): string[] {
  const parts = text.split(/[*·]/).map((part) => part.trim());
  if (parts.length > 1) return parts.length <= MAX_FACTORS ? parts : [];
  const words = text.split("-");
  const joined: string[] = [];
  for (const word of words) {
    const last = joined.at(-1);
    if (last !== undefined && exact.has(`${last}-${word}`)) joined[joined.length - 1] = `${last}-${word}`;
    else joined.push(word);
  }
  return joined.length <= MAX_FACTORS ? joined : [];
}

/**
 * The quantity in another unit of the same dimension, exactly.
 * @throws UNIT_UNKNOWN, UNIT_AMBIGUOUS, UNIT_INCOMPATIBLE (another dimension: nothing is assumed about densities,
 * heating values or tonnes per container)
 */
export function convert(quantity: Rational, from: string, to: string): Rational {
  const source = unitOf(from);
  const target = unitOf(to);
  if (source === target) return quantity;
  if (source.measures !== target.measures) {
    const dimensions = { fromDimension: source.measures, toDimension: target.measures };
    throw contractError("UNIT_INCOMPATIBLE", { from: source.code, to: target.code, ...dimensions });
  }
  return source.code === target.code ? quantity : div(mul(quantity, source.size), target.size);
}

/** True when a quantity in one unit can be stated in the other. @throws UNIT_UNKNOWN, UNIT_AMBIGUOUS */
export function isConvertible(from: string, to: string): boolean {
  return unitOf(from).measures === unitOf(to).measures;
}
