import { contractError } from "../errors.ts";
import { add, div, isZero, mul, parseDecimal, type Rational, ZERO } from "../exact/rational.ts";
import { gasesOfBlend, isBlend } from "../gases/blends.ts";
import { gwpOf } from "../gases/gwp.ts";
import type { GwpSet } from "../gases/gwp-table.ts";
import { isBiogenicCo2 } from "../gases/reported-apart.ts";
import { multiplyUnits, type Unit, unitOfTerms } from "../units/multiply-units.ts";
import { convertUnits, unitOf } from "../units/unit.ts";
import { type ActivityAmount, activityAmount, methodOf } from "./activity-amount.ts";
import type { CalculationTerm, GivenFactor } from "./calculation-document.ts";
import { restate } from "./restate.ts";
import { type Step, step } from "./step.ts";

/** One gas of a term: kg of it, and kg CO2e. */
export interface TermGas {
  readonly gas: string;
  readonly kg?: Rational;
  readonly kgCo2e: Rational;
}

/** What a term comes to, exactly. */
export interface TermResult {
  readonly kgCo2e: Rational;
  readonly gases: readonly TermGas[];
  readonly biogenicKgCo2: Rational;
  readonly formula: string;
  readonly steps: readonly Step[];
}

const KG_CO2E = unitOf("kg CO2e");
const KG = unitOf("kg");

/**
 * A method's amounts and shares by a factor that is given, with every unit.
 *
 * @param about the calculation and the term, for errors
 * @throws METHOD_UNKNOWN, ACTIVITY_DATA_MISSING, ACTIVITY_DATA_INVALID, FACTOR_BOUNDARY_UNFIT, GAS_UNKNOWN, GWP_SET_UNAVAILABLE,
 *   UNIT_UNKNOWN, UNIT_AMBIGUOUS, UNIT_UNPRICED, UNIT_INCOMPATIBLE, FUEL_PROPERTY_MISSING, DECIMAL_INVALID
 */
export function calculateTerm(
  about: string,
  category: number,
  { method: id, factor, part: _part, account: _account, ...data }: CalculationTerm,
  gwpSet: GwpSet | undefined,
): TermResult {
  const method = methodOf(id, category);
  const activity = activityAmount(about, method, data);
  if (method.factor === "none") {
    if (factor !== undefined) throw invalid(about, "factor", `${id} takes emissions and no factor`);
    const kgCo2e = convertUnits(activity.value, activity.unit, KG_CO2E);
    return plain(kgCo2e, activity.formula, [...activity.steps, step(activity.formula, kgCo2e, "kg CO2e")]);
  }
  if (factor === undefined) {
    throw contractError("ACTIVITY_DATA_MISSING", { line: about, needs: `a factor, for ${id}` });
  }
  if ("gases" in factor) return byGas(about, activity, factor, gwpSet);
  return byFigures(about, activity, factor);
}

function byFigures(
  about: string,
  activity: ActivityAmount,
  factor: Exclude<GivenFactor, { gases: readonly unknown[] }>,
): TermResult {
  const figures = "stages" in factor ? factor.stages : [{ ...factor, stage: "" }];
  const { boundary } = activity.method;
  const upstream = figures.some(({ stage }) => /upstream|life.?cycle|wtt|well/i.test(stage));
  // One figure without stages says nothing of what is inside: whoever gives it vouches for that.
  if (boundary !== undefined && "stages" in factor && !upstream) {
    const stages = figures.map(({ stage }) => stage).join(", ");
    throw contractError("FACTOR_BOUNDARY_UNFIT", {
      set: about,
      key: "factor",
      boundary: stages,
      reason: boundary.reason,
    });
  }
  let kgCo2e = ZERO;
  const texts: string[] = [];
  const steps: Step[] = [...activity.steps];
  for (const figure of figures) {
    const per = "per" in figure && figure.per !== undefined ? parseDecimal(figure.per) : undefined;
    if (per !== undefined && isZero(per)) throw invalid(about, "per", "0, and divided by");
    const value = parseDecimal(figure.value);
    const of = amountFor(activity, figure.unit);
    const part = times(of, per === undefined ? value : div(value, per), figure.unit, KG_CO2E);
    const text = `${figure.value} ${figure.unit}${per === undefined ? "" : ` ÷ ${figure.per}`}`;
    texts.push(text);
    steps.push(
      ...stepsNew(of, steps),
      step(`× ${text}${figure.stage === "" ? "" : ` (${figure.stage})`}`, part, "kg CO2e"),
    );
    kgCo2e = add(kgCo2e, part);
  }
  const said = texts.length === 1 ? texts[0] : `(${texts.join(" + ")})`;
  return plain(kgCo2e, `${activity.formula} × ${said}`, steps);
}

function byGas(
  about: string,
  activity: ActivityAmount,
  { gases }: Extract<GivenFactor, { gases: readonly unknown[] }>,
  gwpSet: GwpSet | undefined,
): TermResult {
  const results: TermGas[] = [];
  const steps: Step[] = [...activity.steps];
  for (const { gas, value, unit } of gases) {
    const isCo2e = unitOf(unit).dimension.co2e === 1;
    const of = amountFor(activity, unit);
    const amount = times(of, parseDecimal(value), unit, isCo2e ? KG_CO2E : KG);
    steps.push(...stepsNew(of, steps));
    const parts = isCo2e ? [{ gas, kgCo2e: amount }] : gasesOf(about, gas, amount, gwpSet);
    for (const part of parts) {
      results.push(part);
      steps.push(step(`${value} ${unit} of ${gas}`, part.kgCo2e, "kg CO2e"));
    }
  }
  let [kgCo2e, biogenicKgCo2] = [ZERO, ZERO];
  for (const { gas, kg = ZERO, kgCo2e: part } of results) {
    if (isBiogenicCo2(gas)) biogenicKgCo2 = add(biogenicKgCo2, kg);
    else kgCo2e = add(kgCo2e, part);
  }
  const formula = `${activity.formula} × (${gases.map(({ gas, value, unit }) => `${value} ${unit} ${gas}`).join(" + ")})`;
  return { kgCo2e, gases: results, biogenicKgCo2, formula, steps };
}

function gasesOf(about: string, gas: string, kg: Rational, gwpSet: GwpSet | undefined): TermGas[] {
  if (isBiogenicCo2(gas)) return [{ gas, kg, kgCo2e: ZERO }];
  if (gwpSet === undefined) {
    const reason = "masses of gases need a gwpSet";
    throw contractError("GWP_SET_UNAVAILABLE", { set: about, key: gas, gwpSet: "none", reason });
  }
  if (!isBlend(gas)) return [{ gas, kg, kgCo2e: mul(kg, gwpOf(gas, gwpSet)) }];
  return gasesOfBlend(gas, kg).map((part) => ({
    gas: part.gas,
    kg: part.kg,
    kgCo2e: mul(part.kg, gwpOf(part.gas, gwpSet)),
  }));
}

/** The activity as a figure takes it: where it is of a fuel, in the measure of the fuel that the figure is per. */
interface AmountForFigure {
  readonly value: Rational;
  readonly unit: Unit;
  readonly steps: readonly Step[];
}

function amountFor({ value, unit, fuel }: ActivityAmount, per: string): AmountForFigure {
  if (fuel === undefined) return { value, unit, steps: [] };
  const below = unitOf(per).terms.filter(({ power }) => power === -1);
  const denominator = unitOfTerms(below.map(({ simple }) => ({ simple, power: 1 })));
  const { value: restated, steps } = restate(value, unit, denominator, fuel);
  return { value: restated, unit: denominator, steps };
}

/** How the amount got to its unit, where an earlier figure has not told it. */
function stepsNew({ steps }: AmountForFigure, told: readonly Step[]): readonly Step[] {
  const last = steps.at(-1);
  return last === undefined || told.some(({ label }) => label === last.label) ? [] : steps;
}

/** The amount times a figure, in the unit that must come of it. */
function times({ value, unit }: AmountForFigure, figure: Rational, per: string, target: Unit): Rational {
  const product = multiplyUnits([
    { unit, power: 1 },
    { unit: unitOf(per), power: 1 },
  ]);
  return convertUnits(mul(value, figure), product, target);
}

function plain(kgCo2e: Rational, formula: string, steps: readonly Step[]): TermResult {
  return { kgCo2e, gases: [], biogenicKgCo2: ZERO, formula, steps };
}

const invalid = (line: string, input: string, reason: string): Error =>
  contractError("ACTIVITY_DATA_INVALID", { line, input, reason });
