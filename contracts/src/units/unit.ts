import { contractError } from "../errors.ts";
import { div, mul, ONE, parseDecimal, type Rational } from "../exact/rational.ts";
import { BoundedCache } from "./bounded-cache.ts";
import { calorificUnitOf } from "./calorific-unit.ts";
import { DIMENSIONLESS } from "./dimension.ts";
import { type SimpleUnit, type Unit, type UnitTerm, unitOfTerms } from "./multiply-units.ts";
import { AMBIGUOUS_NAMES, PRODUCT_NAMES, UNIT_TABLE } from "./unit-table.ts";

const MAX_CODE_LENGTH = 64;
const MAX_FACTORS = 4;
const PRICED_MONEY = /^[A-Z]{3}@(?:19|20|21)\d\d$/;
const CURRENCY = /^[A-Z]{3}$/;

function parseSize(text: string): Rational {
  const [n = "", d] = text.split("/");
  return d === undefined ? parseDecimal(n) : div(parseDecimal(n), parseDecimal(d));
}

const once = (simple: SimpleUnit): Unit => unitOfTerms([{ simple, power: 1 }]);

const exact = new Map<string, Unit>();
/** Names in lower case. Short symbols are not folded: "Mg" is not "mg", by nine orders of magnitude. */
const folded = new Map<string, Unit>();
const MIN_FOLDED_LENGTH = 4;

function register(spelling: string, unit: Unit): void {
  exact.set(spelling, unit);
  // "kg CO2e" is long and yet a symbol.
  const isSymbol = spelling.length < MIN_FOLDED_LENGTH || unit.dimension.co2e !== undefined;
  if (!isSymbol) folded.set(spelling.toLowerCase(), unit);
}

for (const [code, dimension, size, spellings = []] of UNIT_TABLE) {
  const unit = once({ code, dimension, size: parseSize(size) });
  for (const spelling of new Set([code, ...spellings])) register(spelling, unit);
}
for (const [name, codes] of Object.entries(PRODUCT_NAMES)) {
  register(name, unitOfTerms(codes.flatMap((code) => (exact.get(code) as Unit).terms)));
}

const NUMBER: Unit = unitOfTerms([]);
const parsed = new BoundedCache<Unit>();

/**
 * The unit of a code, a spelling of it, a product of up to four joined with "-", "*" or "·" ("t-km", "m2*year"), or a ratio
 * of two of these ("kWh/piece", "g CO2e/t-km", "1/year"); "1" is the unit of plain numbers. Energy of a fuel says its calorific value
 * ("kWh_gross", "kWh (Net CV)"), and money its year ("USD@2022").
 * @throws UNIT_UNKNOWN, UNIT_AMBIGUOUS (with the qualified names to choose from), UNIT_UNPRICED (money of no year)
 */
export function unitOf(code: string): Unit {
  return exact.get(code) ?? (code.length <= MAX_CODE_LENGTH ? parsed.get(code, () => parseUnit(code)) : unknown(code));
}

function unknown(code: string): never {
  throw contractError("UNIT_UNKNOWN", { unit: code.slice(0, MAX_CODE_LENGTH) });
}

function parseUnit(code: string): Unit {
  const text = code.trim();
  if (text === DIMENSIONLESS) return NUMBER;
  const whole = lookUp(text);
  if (whole !== undefined) return whole;
  const [over = "", under, ...more] = text.split("/").map((side) => side.trim());
  if (more.length > 0) return unknown(code);
  const numerator = over === DIMENSIONLESS && under !== undefined ? [] : parseProduct(over, code);
  const denominator = under === undefined ? [] : parseProduct(under, code);
  return unitOfTerms([
    ...numerator,
    ...denominator.map(({ simple, power }): UnitTerm => ({ simple, power: power === 1 ? -1 : 1 })),
  ]);
}

function parseProduct(text: string, code: string): readonly UnitTerm[] {
  const whole = lookUp(text);
  if (whole !== undefined) return whole.terms;
  const parts = splitProduct(text);
  if (parts.length < 2) return unknown(code);
  return parts.flatMap((part) => (lookUp(part) ?? unknown(code)).terms);
}

function lookUp(name: string): Unit | undefined {
  const known = exact.get(name);
  if (known !== undefined) return known;
  const fold = name.toLowerCase();
  const alternatives = Object.hasOwn(AMBIGUOUS_NAMES, fold) ? AMBIGUOUS_NAMES[fold] : undefined;
  if (alternatives !== undefined) throw contractError("UNIT_AMBIGUOUS", { unit: name, alternatives });
  const spelled = folded.get(fold);
  if (spelled !== undefined) return spelled;
  if (PRICED_MONEY.test(name)) return once({ code: name, dimension: { [`money:${name}`]: 1 }, size: ONE });
  if (CURRENCY.test(name)) throw contractError("UNIT_UNPRICED", { unit: name });
  const calorific = calorificUnitOf(name, lookUp);
  return calorific === undefined ? undefined : once(calorific);
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
 * @throws UNIT_UNKNOWN, UNIT_AMBIGUOUS, UNIT_UNPRICED, UNIT_INCOMPATIBLE (another dimension: nothing is assumed about densities,
 * heating values, tonnes per container, exchange rates or inflation)
 */
export function convert(quantity: Rational, from: string, to: string): Rational {
  return convertUnits(quantity, unitOf(from), unitOf(to));
}

/** As `convert`, of units at hand. @throws UNIT_INCOMPATIBLE */
export function convertUnits(quantity: Rational, from: Unit, to: Unit): Rational {
  if (from === to || from.code === to.code) return quantity;
  if (from.measures !== to.measures) {
    const dimensions = { fromDimension: from.measures, toDimension: to.measures };
    throw contractError("UNIT_INCOMPATIBLE", { from: from.code, to: to.code, ...dimensions });
  }
  return div(mul(quantity, from.size), to.size);
}

/** True when a quantity in one unit can be stated in the other. @throws UNIT_UNKNOWN, UNIT_AMBIGUOUS, UNIT_UNPRICED */
export function isConvertible(from: string, to: string): boolean {
  return unitOf(from).measures === unitOf(to).measures;
}
