import { contractError } from "../errors.ts";
import { formatExact } from "../exact/format-rational.ts";
import { add, div, mul, parseDecimal, type Rational, ZERO } from "../exact/rational.ts";
import { gasesOfBlend, isBlend } from "../gases/blends.ts";
import { gwpOf } from "../gases/gwp.ts";
import type { GwpSet } from "../gases/gwp-table.ts";
import { isBiogenicCo2 } from "../gases/reported-apart.ts";
import { multiplyUnits, type Unit, unitOfTerms } from "../units/multiply-units.ts";
import { convertUnits, unitOf } from "../units/unit.ts";
import { type ActivityAmount, activityAmount, methodOf, requireAccount } from "./activity-amount.ts";
import type { CalculationTerm, GivenFactor } from "./calculation-document.ts";
import { isKnownGas } from "./factor-value.ts";
import { requireBoundary } from "./require-boundary.ts";
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
  /** The GWPs that it is under: "AR5", "as given" where a figure names none, "as reported" of emissions. */
  readonly gwps: readonly string[];
  readonly gases: readonly TermGas[];
  readonly biogenicKgCo2: Rational;
  readonly formula: string;
  readonly steps: readonly Step[];
}

const NO_GASES = { gases: [], biogenicKgCo2: ZERO };
const AS_GIVEN = "as given";
const KG_CO2E = unitOf("kg CO2e");
const KG = unitOf("kg");

/**
 * A method's amounts and shares by a factor that is given, with every unit.
 *
 * @param about the calculation and the term, for errors
 * @param gwpSet the GWPs that are asked for: masses of gases are converted with them, CO2e of gases is converted anew where its factor
 *   says what it was under, and a figure that is under others is refused
 * @throws METHOD_UNKNOWN, ACTIVITY_DATA_MISSING, ACTIVITY_DATA_INVALID, FACTOR_BOUNDARY_UNFIT, GAS_UNKNOWN, GWP_SET_UNAVAILABLE,
 *   UNIT_UNKNOWN, UNIT_AMBIGUOUS, UNIT_UNPRICED, UNIT_INCOMPATIBLE, FUEL_PROPERTY_MISSING, DECIMAL_INVALID
 */
export function calculateTerm(
  about: string,
  category: number,
  { method: id, factor, part: _part, account, ...data }: CalculationTerm,
  gwpSet: GwpSet | undefined,
): TermResult {
  const method = methodOf(id, category);
  requireAccount(about, method, account);
  const activity = activityAmount(about, method, data);
  if (method.factor === "none") {
    if (factor !== undefined) throw invalid(about, "factor", `${id} takes emissions and no factor`);
    const kgCo2e = convertUnits(activity.value, activity.unit, KG_CO2E);
    const steps = [...activity.steps, step(activity.formula, kgCo2e, "kg CO2e")];
    return { ...NO_GASES, kgCo2e, gwps: ["as reported"], formula: activity.formula, steps };
  }
  if (factor === undefined) {
    throw contractError("ACTIVITY_DATA_MISSING", { line: about, needs: `a factor, for ${id}` });
  }
  const says = [factor.boundary ?? [], "stages" in factor ? factor.stages.map(({ stage }) => stage) : []].flat();
  requireBoundary(method, data.shares, { set: about, key: "factor", says });
  if (account === undefined) requirePositive(about, factor);
  return "gases" in factor ? byGas(about, activity, factor, gwpSet) : byFigures(about, activity, factor, gwpSet);
}

/** What is avoided or removed is never netted with what is let out. @throws ACTIVITY_DATA_INVALID */
function requirePositive(about: string, factor: GivenFactor): void {
  const figures = "gases" in factor ? factor.gases : "stages" in factor ? factor.stages : [factor];
  for (const figure of figures) {
    if ("gas" in figure && isBiogenicCo2(figure.gas)) continue;
    if (parseDecimal(figure.value).n >= 0n) continue;
    throw invalid(about, "factor", "below 0: what is avoided or removed stands on an account of its own");
  }
}

function byFigures(
  about: string,
  activity: ActivityAmount,
  factor: Exclude<GivenFactor, { gases: readonly unknown[] }>,
  gwpSet: GwpSet | undefined,
): TermResult {
  if (gwpSet !== undefined && factor.gwpSet !== undefined && factor.gwpSet !== gwpSet) {
    const reason = `published under ${factor.gwpSet} without its gases`;
    throw contractError("GWP_SET_UNAVAILABLE", { set: about, key: "factor", gwpSet, reason });
  }
  const figures = "stages" in factor ? factor.stages : [{ ...factor, stage: "" }];
  let kgCo2e = ZERO;
  const texts: string[] = [];
  const steps: Step[] = [...activity.steps];
  for (const figure of figures) {
    const per = "per" in figure && figure.per !== undefined ? parseDecimal(figure.per) : undefined;
    if (per !== undefined && per.n <= 0n) throw invalid(about, "per", "not above 0, and divided by");
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
  const formula = `${activity.formula} × ${said}`;
  return { ...NO_GASES, kgCo2e, gwps: [factor.gwpSet ?? AS_GIVEN], formula, steps };
}

function byGas(
  about: string,
  activity: ActivityAmount,
  { gases, gwpSet: published }: Extract<GivenFactor, { gases: readonly unknown[] }>,
  asked: GwpSet | undefined,
): TermResult {
  const wanted = asked ?? published;
  const results: TermGas[] = [];
  const gwps = new Set<string>();
  const steps: Step[] = [...activity.steps];
  for (const { gas, value, unit } of gases) {
    const isCo2e = unitOf(unit).dimension.co2e === 1;
    const of = amountFor(activity, unit);
    const amount = times(of, parseDecimal(value), unit, isCo2e ? KG_CO2E : KG);
    steps.push(...stepsNew(of, steps));
    const parts = isCo2e ? [gasOfCo2e(gas, amount, published, wanted)] : gasesOf(about, gas, amount, wanted);
    for (const part of parts) {
      // CO2 weighs the same under all GWPs.
      if (gas !== "co2" && !isBiogenicCo2(gas)) gwps.add("kg" in part ? (wanted ?? AS_GIVEN) : AS_GIVEN);
      results.push(part);
      steps.push(step(gasLabel(`× ${value} ${unit} of ${gas}`, part, isCo2e, wanted), part.kgCo2e, "kg CO2e"));
    }
  }
  let [kgCo2e, biogenicKgCo2] = [ZERO, ZERO];
  for (const { gas, kg = ZERO, kgCo2e: part } of results) {
    if (isBiogenicCo2(gas)) biogenicKgCo2 = add(biogenicKgCo2, kg);
    else kgCo2e = add(kgCo2e, part);
  }
  const formula = `${activity.formula} × (${gases.map(({ gas, value, unit }) => `${value} ${unit} ${gas}`).join(" + ")})`;
  if (gwps.size === 0) gwps.add(wanted ?? AS_GIVEN);
  return { kgCo2e, gwps: [...gwps], gases: results, biogenicKgCo2, formula, steps };
}

/** "× 1 kg/kg of R-410A: 2 kg hfc-32 × 771 (AR6)"; of CO2e, what it was turned back to. */
function gasLabel(given: string, { gas, kg }: TermGas, isCo2e: boolean, wanted: GwpSet | undefined): string {
  if (isBiogenicCo2(gas)) return `${given}: CO2 of biomass, apart`;
  if (kg === undefined || wanted === undefined || (isCo2e && gas === "co2")) return given;
  return `${given}: ${formatExact(kg)} kg ${gas} × ${formatExact(gwpOf(gas, wanted))} (${wanted})`;
}

/**
 * CO2e of a gas is never multiplied by its GWP again: it is first turned back into the gas, by the GWPs that it is under. Where these are
 * not stated, and of a publisher's bucket of many gases, it stays as given.
 */
function gasOfCo2e(gas: string, kgCo2e: Rational, published: GwpSet | undefined, wanted: GwpSet | undefined): TermGas {
  if (isBiogenicCo2(gas)) return { gas, kg: kgCo2e, kgCo2e: ZERO };
  if (gas === "co2") return { gas, kg: kgCo2e, kgCo2e };
  if (published === undefined || wanted === undefined || !isKnownGas(gas)) return { gas, kgCo2e };
  const kg = div(kgCo2e, gwpOf(gas, published));
  return { gas, kg, kgCo2e: published === wanted ? kgCo2e : mul(kg, gwpOf(gas, wanted)) };
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

const invalid = (line: string, input: string, reason: string): Error =>
  contractError("ACTIVITY_DATA_INVALID", { line, input, reason });
