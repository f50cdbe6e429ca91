import { contractError } from "../errors.ts";
import { formatExact } from "../exact/format-rational.ts";
import { compare, div, isZero, mul, ONE, parseDecimal, type Rational, ZERO } from "../exact/rational.ts";
import type { FuelProperties } from "../fuels/fuel-property-set.ts";
import type { ActivityData, Quantity, Share } from "../ledger/ledger-line.ts";
import type { MoneyBasis } from "../rates/to-basis.ts";
import { multiplyUnits, type Unit, type UnitPower } from "../units/multiply-units.ts";
import { convertUnits, unitOf } from "../units/unit.ts";
import type { Method, MethodInput } from "./method.ts";
import { METHODS } from "./method-table.ts";
import { type Step, step } from "./step.ts";

/** What a method's amounts and shares come to, exactly, before any factor. */
export interface ActivityAmount {
  readonly value: Rational;
  readonly unit: Unit;
  readonly method: Method;
  /** What the fuel measures, where the amount is of one. */
  readonly fuel?: FuelProperties;
  /** "4 t × 2000 km": in the figures as given. */
  readonly formula: string;
  readonly steps: readonly Step[];
}

/**
 * The method of that id, if the guidance offers it in the category.
 * @throws METHOD_UNKNOWN
 */
export function methodOf(id: string, category?: number): Method {
  const method = METHODS.find((candidate) => candidate.id === id);
  if (method === undefined || (category !== undefined && !method.categories.includes(category))) {
    const offered = METHODS.filter(({ categories }) => category === undefined || categories.includes(category));
    throw contractError("METHOD_UNKNOWN", {
      method: id.slice(0, 64),
      ...(category === undefined ? {} : { category }),
      offered: offered.map((candidate) => candidate.id),
    });
  }
  return method;
}

/**
 * Multiplies and divides what a method asks for, with its units. Every input is one that the method knows; none that it needs is missing.
 *
 * @param about the line or calculation, for errors
 * @throws METHOD_UNKNOWN, ACTIVITY_DATA_MISSING, ACTIVITY_DATA_INVALID, UNIT_UNKNOWN, UNIT_AMBIGUOUS, UNIT_UNPRICED, DECIMAL_INVALID
 */
export function activityAmount(about: string, method: Method, data: ActivityData): ActivityAmount {
  const { amounts = {}, shares = {}, fuel } = data;
  requireInputs(about, method, amounts, shares);
  const factors = method.inputs.flatMap((input) => {
    if (input.kind === "share") {
      const share = Object.hasOwn(shares, input.name) ? shares[input.name] : undefined;
      return share === undefined ? [] : [shareFactor(about, input, share)];
    }
    const quantity = Object.hasOwn(amounts, input.name) ? amounts[input.name] : undefined;
    return quantity === undefined ? [] : [amountFactor(about, input, quantity)];
  });
  let value = ONE;
  for (const factor of factors) value = (factor.power === 1 ? mul : div)(value, factor.value);
  const unit = multiplyUnits(factors);
  return {
    value,
    unit,
    method,
    ...(fuel === undefined ? {} : { fuel }),
    get formula() {
      return factors
        .map(({ power, text }, at) => (at === 0 && power === 1 ? text : `${power === 1 ? "×" : "÷"} ${text}`))
        .join(" ");
    },
    get steps() {
      return factors.length < 2 ? [] : stepsOf(factors);
    },
  };
}

interface Factor extends UnitPower {
  readonly value: Rational;
  readonly text: string;
}

function requireInputs(
  about: string,
  { id, inputs, oneOf = [] }: Method,
  amounts: Readonly<Record<string, Quantity>>,
  shares: Readonly<Record<string, Share>>,
): void {
  const given = { amount: amounts, share: shares };
  for (const kind of ["amount", "share"] as const) {
    for (const name of Object.keys(given[kind])) {
      if (inputs.some((input) => input.kind === kind && input.name === name)) continue;
      const known = inputs.filter((input) => input.kind === kind).map((input) => input.name);
      throw invalid(about, name, `${id} has no such ${kind}; it takes ${known.join(", ") || "none"}`);
    }
  }
  const has = ({ kind, name }: MethodInput): boolean => Object.hasOwn(given[kind], name);
  for (const input of inputs) {
    if (input.required && !has(input)) throw missing(about, `${input.name} (${input.about}), for ${id}`);
  }
  for (const group of oneOf) {
    const present = inputs.filter((input) => group.includes(input.name) && has(input));
    if (present.length === 0) throw missing(about, `one of ${group.join(", ")}, for ${id}`);
    if (present.length > 1) throw invalid(about, present[1]?.name ?? "", `${id} takes only one of ${group.join(", ")}`);
  }
}

function amountFactor(about: string, input: MethodInput, { value: text, unit: code }: Quantity): Factor {
  const value = parseDecimal(text);
  const unit = unitOf(code);
  if (input.measures !== undefined && !input.measures.includes(unit.measures)) {
    throw contractError("UNIT_INCOMPATIBLE", {
      from: code,
      to: input.name,
      fromDimension: unit.measures,
      toDimension: input.measures.join(" or "),
    });
  }
  if (input.money === true && moneyOf(unit) === undefined) {
    const dimensions = { fromDimension: unit.measures, toDimension: "money" };
    throw contractError("UNIT_INCOMPATIBLE", { from: code, to: input.name, ...dimensions });
  }
  if (value.n < 0n && input.signed !== true) throw invalid(about, input.name, "below 0");
  if (input.role === "divide" && isZero(value)) throw invalid(about, input.name, "0, and divided by");
  return { value, unit, power: input.role === "times" ? 1 : -1, text: `${text} ${code}` };
}

/** The currency and year of a unit that is money, by itself; undefined for any other. */
export function moneyOf({ terms }: Unit): MoneyBasis | undefined {
  const [term, ...others] = terms;
  if (term === undefined || others.length > 0 || term.power !== 1) return undefined;
  const [, currency, year] = /^([A-Z]{3})@(\d{4})$/.exec(term.simple.code) ?? [];
  return currency === undefined ? undefined : { currency, year: Number(year) };
}

/**
 * A method whose figure the guidance has beside the total is asked for by a line that names the account for it.
 * @throws ACTIVITY_DATA_MISSING
 */
export function requireAccount(about: string, { id, apart }: Method, account: string | undefined): void {
  if (apart !== undefined && account === undefined) throw missing(about, `an account ("${apart}"), for ${id}`);
}

const NUMBER = unitOf("1");

function shareFactor(about: string, { name, role }: MethodInput, share: Share): Factor {
  const value = shareOf(about, name, share);
  if (role === "divide" && isZero(value)) throw invalid(about, name, "0, and divided by");
  const text = "share" in share ? share.share : `(${said(share.part)} ÷ ${said(share.whole)})`;
  return { value, unit: NUMBER, power: role === "times" ? 1 : -1, text: `${text} ${name}` };
}

/**
 * A share as a number from 0 to 1, exactly.
 * @throws ACTIVITY_DATA_INVALID, UNIT_INCOMPATIBLE (part and whole are of two dimensions) and what units and decimals throw
 */
export function shareOf(about: string, name: string, share: Share): Rational {
  const value = "share" in share ? parseDecimal(share.share) : ratioOf(about, name, share);
  if (compare(value, ZERO) < 0 || compare(value, ONE) > 0) {
    throw invalid(about, name, `${formatExact(value)} is no share from 0 to 1`);
  }
  return value;
}

function ratioOf(about: string, name: string, { part, whole }: Extract<Share, { part: Quantity }>): Rational {
  const [partUnit, wholeUnit] = [unitOf(part.unit), unitOf(whole.unit)];
  const total = parseDecimal(whole.value);
  if (total.n <= 0n) throw invalid(about, name, "a whole that is not above 0");
  return div(convertUnits(parseDecimal(part.value), partUnit, wholeUnit), total);
}

const said = ({ value, unit }: Quantity): string => `${value} ${unit}`;

function stepsOf(factors: readonly Factor[]): readonly Step[] {
  const steps: Step[] = [];
  let value = ONE;
  const units: UnitPower[] = [];
  for (const factor of factors) {
    value = (factor.power === 1 ? mul : div)(value, factor.value);
    units.push(factor);
    if (units.length > 1 || factor.power === -1) {
      steps.push(step(`${factor.power === 1 ? "×" : "÷"} ${factor.text}`, value, multiplyUnits(units).code));
    }
  }
  return steps;
}

const invalid = (about: string, input: string, reason: string): Error =>
  contractError("ACTIVITY_DATA_INVALID", { line: about, input, reason });
const missing = (about: string, needs: string): Error => contractError("ACTIVITY_DATA_MISSING", { line: about, needs });
