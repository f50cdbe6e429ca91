import { contractError } from "../errors.ts";
import { compare, mul, ONE, parseDecimal, type Rational, ZERO } from "../exact/rational.ts";
import { type FactorRow, isMoneyDenominator } from "../factors/factor-row.ts";
import type { FactorSet, PriceBasis } from "../factors/factor-set.ts";
import type { FuelAmount } from "../fuels/convert-through-fuel.ts";
import type { LedgerLine, Quantity } from "../ledger/ledger-line.ts";
import { type BasisAmount, convertMoney, toBasis } from "../rates/to-basis.ts";
import { finding } from "../schema/findings.ts";
import type { Unit } from "../units/multiply-units.ts";
import { convert, convertUnits, isConvertible, unitOf } from "../units/unit.ts";
import { type ActivityAmount, activityAmount, methodOf, moneyOf, requireAccount } from "./activity-amount.ts";
import { type Calculation, FactorCalculation, type Story } from "./calculation.ts";
import type { AverageEvidence, SpendEvidence } from "./evidence.ts";
import { type FactorValue, factorValue } from "./factor-value.ts";
import { requireNoInputs, requireQuantity, said } from "./line-quantity.ts";
import type { Method, MethodInput } from "./method.ts";
import { METHODS } from "./method-table.ts";
import { requireBoundary } from "./require-boundary.ts";
import { restate } from "./restate.ts";
import { type Step, step } from "./step.ts";

/**
 * A physical quantity, or what a method makes of several, by a factor per one of it.
 * @throws as `calculateLine`
 */
export function calculateAverageData(line: LedgerLine, evidence: AverageEvidence): Calculation {
  const { set, row, gwp } = evidence;
  const factor = factorValue(row, set, gwp);
  if (line.method !== undefined) return calculateMethod(line, line.method, factor, set, row);
  requireQuantity(line, "average-data");
  return new FactorCalculation(inDenominator(line, row).value, factor, OF_A_QUANTITY, { line, evidence });
}

function inDenominator({ quantity = "", unit = "", fuel }: LedgerLine, { denominator }: FactorRow): FuelAmount {
  return restate(parseDecimal(quantity), unitOf(unit), unitOf(denominator), fuel);
}

const OF_A_QUANTITY: Story<{ readonly line: LedgerLine; readonly evidence: AverageEvidence }> = {
  formula: ({ line: { quantity = "", unit = "" }, evidence: { row } }, factor) =>
    `${said(quantity, unit, row.denominator)} × ${factor.text}/${row.denominator}`,
  steps: ({ line, evidence: { set, row } }, factor, amount) => [
    ...inDenominator(line, row).steps,
    factorStep(amount, factor, row.denominator, nameOf(set, row)),
  ],
};

function calculateMethod(
  line: LedgerLine,
  id: string,
  factor: FactorValue,
  set: FactorSet,
  row: FactorRow,
): Calculation {
  const factorOf = { set: `${set.id}@${set.version}`, key: row.key, says: [row.boundary] };
  requireBoundary(methodOf(id, line.category), line.shares, factorOf);
  return applyFactor(activityOf(line), factor, row.denominator, nameOf(set, row));
}

/** What a method came to, by a factor. @throws UNIT_INCOMPATIBLE, FUEL_PROPERTY_MISSING */
export function applyFactor(
  activity: ActivityAmount,
  factor: FactorValue,
  denominator: string,
  source?: string,
): Calculation {
  const per = perVehicle(activity.unit, denominator);
  const amount = restate(activity.value, activity.unit, unitOf(per), activity.fuel).value;
  return new FactorCalculation(amount, factor, OF_AN_ACTIVITY, { activity, denominator: per, source });
}

const LENGTH = unitOf("km").measures;
const VEHICLE_LENGTH = unitOf("vehicle-km").measures;

/** Publishers give what a car lets out per km: of the kilometres of several vehicles, that is per vehicle and km. */
function perVehicle({ measures }: Unit, denominator: string): string {
  const isPerLength = measures === VEHICLE_LENGTH && unitOf(denominator).measures === LENGTH;
  return isPerLength ? `vehicle-${denominator}` : denominator;
}

/** What else a factor for an amount may be per. */
export function measuresAlike(measures: string): readonly string[] {
  return measures === VEHICLE_LENGTH ? [LENGTH] : [];
}

const OF_AN_ACTIVITY: Story<{
  readonly activity: ActivityAmount;
  readonly denominator: string;
  readonly source: string | undefined;
}> = {
  formula: ({ activity, denominator }, factor) => `${activity.formula} × ${factor.text}/${denominator}`,
  steps: ({ activity, denominator, source }, factor, amount) => [
    ...activity.steps,
    ...restate(activity.value, activity.unit, unitOf(denominator), activity.fuel).steps,
    factorStep(amount, factor, denominator, source),
  ],
};

/** Emissions are their own factor. */
const ITSELF: FactorValue = { kgCo2e: ONE, gases: [], biogenicKgCo2: ZERO, gwp: "as reported", text: "" };

/**
 * What a line's own method makes of its amounts and shares.
 * @throws METHOD_UNKNOWN, ACTIVITY_DATA_MISSING, ACTIVITY_DATA_INVALID, UNIT_INCOMPATIBLE and what units and decimals throw
 */
export function activityOf(line: LedgerLine): ActivityAmount {
  const method = methodOf(line.method ?? "", line.category);
  requireAccount(line.id, method, line.account);
  return activityAmount(line.id, method, withOwnQuantity(line, method));
}

/**
 * Emissions that the ledger itself states, of an investee, a shared site or a whole supplier, by the shares that are the company's: for
 * the methods that take no factor.
 * @throws METHOD_UNKNOWN, ACTIVITY_DATA_MISSING, ACTIVITY_DATA_INVALID, UNIT_INCOMPATIBLE and what units and decimals throw
 */
export function calculateReported(line: LedgerLine): Calculation {
  const { id, method: wanted = "" } = line;
  const method = methodOf(wanted, line.category);
  if (method.factor !== "none") {
    throw contractError("ACTIVITY_DATA_MISSING", { line: id, needs: `a factor, for ${wanted}` });
  }
  const activity = activityOf(line);
  const kg = convertUnits(activity.value, activity.unit, unitOf("kg CO2e"));
  return new FactorCalculation(kg, ITSELF, AS_REPORTED, activity);
}

const AS_REPORTED: Story<ActivityAmount> = {
  formula: ({ formula }) => formula,
  steps: ({ steps, formula }, _factor, kg) => [...steps, step(formula, kg, "kg CO2e")],
};

/** True for a line whose method takes money by name, and so a factor per money. */
export function takesMoney({ method }: LedgerLine): boolean {
  return method !== undefined && METHODS.some(({ id, inputs }) => id === method && inputs.some(({ money }) => money));
}

/** True for a line whose method takes emissions and no factor. */
export function isReported({ method }: LedgerLine): boolean {
  return method !== undefined && METHODS.some(({ id, factor }) => id === method && factor === "none");
}

/**
 * A line's own quantity, or its own money, stands for the method's first input, where that is not given by name.
 * @throws ACTIVITY_DATA_INVALID where it is given by name too, and the two are not the same
 */
function withOwnQuantity(line: LedgerLine, { inputs: [first] }: Method): LedgerLine {
  const own = first?.kind === "amount" ? ownAmount(line, first) : undefined;
  if (first === undefined || own === undefined) return line;
  const { amounts = {} } = line;
  const named = Object.hasOwn(amounts, first.name) ? amounts[first.name] : undefined;
  if (named === undefined) return { ...line, amounts: { [first.name]: own, ...amounts } };
  if (contradicts(own, named)) {
    const reason = `${named.value} ${named.unit} by name, and ${own.value} ${own.unit} as the line's own`;
    throw contractError("ACTIVITY_DATA_INVALID", { line: line.id, input: first.name, reason });
  }
  return line;
}

function ownAmount(
  { quantity, unit, amount, currency, date }: LedgerLine,
  { name, money }: MethodInput,
): Quantity | undefined {
  if (quantity !== undefined && unit !== undefined && money !== true) return { value: quantity, unit };
  if (name !== "spend" || amount === undefined || currency === undefined) return undefined;
  return { value: amount, unit: `${currency}@${date.slice(0, 4)}` };
}

/** Two amounts of one kind that are not the same; a quantity in pieces beside a mass says nothing against it. */
function contradicts(own: Quantity, named: Quantity): boolean {
  if (own.unit === named.unit) return compare(parseDecimal(own.value), parseDecimal(named.value)) !== 0;
  if (!isConvertible(own.unit, named.unit)) return false;
  return compare(convert(parseDecimal(own.value), own.unit, named.unit), parseDecimal(named.value)) !== 0;
}

/**
 * Money by a factor per money of a named currency and year.
 * @throws as `calculateLine`
 */
export function calculateSpendBased(line: LedgerLine, evidence: SpendEvidence): Calculation {
  const { set, row, gwp } = evidence;
  const factor = factorValue(row, set, gwp);
  const byMethod = takesMoney(line);
  if (!byMethod && (line.amount === undefined || line.currency === undefined)) {
    throw contractError("ACTIVITY_DATA_MISSING", { line: line.id, needs: "amount and currency" });
  }
  if (!isMoneyDenominator(row.denominator)) {
    const dimensions = { fromDimension: "money", toDimension: "a physical quantity" };
    throw contractError("UNIT_INCOMPATIBLE", { from: line.currency ?? "money", to: row.denominator, ...dimensions });
  }
  if (byMethod) return calculateMoneyMethod(line, evidence, factor);
  // Whether the money is of the whole or of the part, a line with shares does not say.
  requireNoInputs(line.method === undefined ? line : { id: line.id, shares: line.shares });
  const basis = basisOf(set, row);
  return new FactorCalculation(inBasis(line, evidence, basis).value, factor, OF_MONEY, { line, evidence });
}

/** Money by name, by its shares: the revenue of an investee, the part of a hybrid line that is only known in money. */
function calculateMoneyMethod(line: LedgerLine, evidence: SpendEvidence, factor: FactorValue): Calculation {
  const activity = activityOf(line);
  const from = moneyOf(activity.unit);
  // Every amount of such a method but the money is a share.
  if (from === undefined) throw new TypeError(`${activity.method.id} comes to ${activity.unit.code}`);
  const basis = basisOf(evidence.set, evidence.row);
  const amount = convertMoney(evidence.rates, activity.value, from, basis);
  return new FactorCalculation(amount.value, factor, OF_A_MONEY_METHOD, { activity, amount, basis, evidence });
}

const OF_A_MONEY_METHOD: Story<{
  readonly activity: ActivityAmount;
  readonly amount: BasisAmount;
  readonly basis: PriceBasis;
  readonly evidence: SpendEvidence;
}> = {
  formula: ({ activity, amount, basis: { currency, year } }, factor) => {
    const converted = amount.steps.length === 0 ? "" : ` as ${currency} ${year}`;
    return `${activity.formula}${converted} × ${factor.text}/${currency} ${year}`;
  },
  steps: ({ activity, amount, basis, evidence: { set, row } }, factor, value) => [
    ...activity.steps,
    ...amount.steps,
    factorStep(value, factor, `${basis.currency} ${basis.year} (${basis.price} price)`, nameOf(set, row)),
  ],
};

/** @throws FACTOR_SET_INVALID */
function basisOf(set: FactorSet, row: FactorRow): PriceBasis {
  const { priceBasis } = set;
  if (priceBasis !== undefined && priceBasis.currency === row.denominator) return priceBasis;
  const message = `${nameOf(set, row)} is per ${row.denominator} of no stated year`;
  throw contractError("FACTOR_SET_INVALID", { issues: [finding("priceBasis", "price-basis", message)] });
}

function inBasis(
  { amount = "", currency = "", date }: LedgerLine,
  { rates }: SpendEvidence,
  basis: PriceBasis,
): BasisAmount {
  return toBasis(rates, amount, currency, Number(date.slice(0, 4)), basis);
}

const OF_MONEY: Story<{ readonly line: LedgerLine; readonly evidence: SpendEvidence }> = {
  formula: ({ line: { amount = "", currency = "" }, evidence: { set, row } }, factor) => {
    const { currency: of, year } = basisOf(set, row);
    return `${said(amount, currency, `${of} ${year}`)} × ${factor.text}/${of} ${year}`;
  },
  steps: ({ line, evidence }, factor, amount) => {
    const { set, row } = evidence;
    const basis = basisOf(set, row);
    const per = `${basis.currency} ${basis.year} (${basis.price} price)`;
    return [...inBasis(line, evidence, basis).steps, factorStep(amount, factor, per, nameOf(set, row))];
  },
};

function factorStep(amount: Rational, factor: FactorValue, per: string, source: string | undefined): Step {
  return step(`× ${factor.text}/${per}`, mul(amount, factor.kgCo2e), "kg CO2e", source);
}

const nameOf = (set: FactorSet, row: FactorRow): string => `${set.id}@${set.version}#${row.key}`;
