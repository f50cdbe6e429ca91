import { isTallyError } from "@tallystick/proto";
import { contractError } from "../errors.ts";
import { formatExact } from "../exact/format-rational.ts";
import { formatNanoKg, toNanoKg } from "../exact/nano.ts";
import {
  add,
  compare,
  div,
  isZero,
  mul,
  ONE,
  parseDecimal,
  type Rational,
  reduce,
  sum,
  ZERO,
} from "../exact/rational.ts";
import { EXCLUDING_ADDENDS, NON_NEGATIVE, NON_POSITIVE } from "../footprint/footprint-rules.ts";
import { weightedScore } from "../quality/pcaf.ts";
import { aggregateQuality, formatQualityEntry, parseQualityEntry } from "../quality/quality-entry.ts";
import { finding } from "../schema/findings.ts";
import { combineLognormalSum, gsd2OfGsd, gsdOfGsd2, interval95 } from "../uncertainty/gsd2.ts";
import { PEDIGREE_INDICATORS, pedigreeGsd2 } from "../uncertainty/pedigree.ts";
import { combinePercentProduct, combinePercentSum } from "../uncertainty/percent.ts";
import { multiplyUnits } from "../units/multiply-units.ts";
import { convert, unitOf } from "../units/unit.ts";
import { allocate } from "./allocate.ts";
import { calculateEmissions } from "./calculate-emissions.ts";
import { type CalculationRequest, parseCalculation, parseCalculationFile } from "./calculation-document.ts";
import { type CalculationRefusal, type CalculationResult, kgText, recordOf } from "./calculation-result.ts";

type Of<K extends CalculationRequest["kind"]> = Extract<CalculationRequest, { kind: K }>;

/**
 * Runs all calculations of a file, each by itself. Of two with one id the second is refused: results are told apart by it.
 * @throws CALCULATION_FILE_INVALID where the file has no calculations to run
 */
export function runCalculationFile(value: unknown): readonly (CalculationResult | CalculationRefusal)[] {
  const ids = new Set<string>();
  return parseCalculationFile(value).calculations.map((one) => {
    const result = runCalculation(one);
    const isFirst = !ids.has(result.id);
    ids.add(result.id);
    if (isFirst || "error" in result) return result;
    const { code, details } = contractError("CALCULATION_FILE_INVALID", {
      issues: [finding("id", "duplicate-id", "another calculation has this id")],
    });
    return { id: result.id, error: { code, details } };
  });
}

/** Runs one calculation of a file; what is wrong with it is its result, and stops no other. */
export function runCalculation(value: unknown): CalculationResult | CalculationRefusal {
  const id =
    typeof value === "object" && value !== null && "id" in value && typeof value.id === "string"
      ? value.id.slice(0, 128)
      : "";
  try {
    return calculate(parseCalculation(value));
  } catch (error) {
    if (!isTallyError(error)) throw error;
    return { id, error: { code: error.code, details: error.details as object } };
  }
}

/** @throws the codes of what it computes with */
export function calculate(request: CalculationRequest): CalculationResult {
  switch (request.kind) {
    case "emissions":
      return calculateEmissions(request);
    case "allocation":
      return allocation(request);
    case "intensity":
      return intensity(request);
    case "weighted-score":
      return scored(
        request,
        weightedScore(
          request.exposures.map(({ outstanding, score }) => ({ outstanding: parseDecimal(outstanding), score })),
        ),
        "score",
      );
    case "data-quality": {
      const { id, kind, contributions } = request;
      const entries = contributions.map(({ amount, entry }) => ({
        amount: parseDecimal(amount),
        entry: parseQualityEntry(entry),
      }));
      return { id, kind, value: formatQualityEntry(aggregateQuality(entries)), unit: "scores" };
    }
    case "pedigree": {
      const { id, kind, basicGsd, scores } = request;
      const named = Object.fromEntries(PEDIGREE_INDICATORS.map((indicator, at) => [indicator, scores[at] ?? null]));
      const gsd2 = pedigreeGsd2(gsd2OfGsd(Number(basicGsd)), named);
      return { id, kind, value: gsdOfGsd2(gsd2).toFixed(6), unit: "GSD", parts: { gsd2: gsd2.toFixed(6) } };
    }
    case "lognormal-sum":
      return lognormalSum(request);
    case "percent-product":
      return percent(request, combinePercentProduct(request.percents.map(Number)));
    case "percent-sum": {
      const addends = request.addends.map(({ kg, percent: of }) => ({ amount: Number(kg), percent: Number(of) }));
      return { ...percent(request, combinePercentSum(addends)), kgCo2e: kgText(totalKg(request.addends)) };
    }
    case "pcf-identity":
      return pcfIdentity(request);
    case "cut-off":
      return cutOff(request);
  }
}

function allocation({ id, kind, emissions: { value, unit }, weights }: Of<"allocation">): CalculationResult {
  const total = convert(parseDecimal(value), unit, "kg CO2e");
  const entries = Object.entries(weights);
  const [first] = entries;
  if (first === undefined) throw invalid(id, "weights", "none is given");
  const common = first[1].unit;
  const parsed = entries.map(([key, weight]) => {
    const amount = convert(parseDecimal(weight.value), weight.unit, common);
    if (amount.n < 0n) throw invalid(id, key, "a weight below 0");
    return { key, weight: amount };
  });
  if (parsed.every(({ weight }) => isZero(weight))) throw invalid(id, "weights", "all are 0");
  const parts = allocate(toNanoKg(total), parsed);
  return { id, kind, kgCo2e: kgText(total), exact: formatExact(total), parts: recordOf(parts, formatNanoKg) };
}

function intensity({ id, kind, emissions: { value, unit }, per }: Of<"intensity">): CalculationResult {
  const kg = convert(parseDecimal(value), unit, "kg CO2e");
  let amount = ONE;
  for (const one of per) {
    const factor = parseDecimal(one.value);
    if (factor.n <= 0n) throw invalid(id, "per", "not above 0, and divided by");
    amount = mul(amount, factor);
  }
  const perUnit = multiplyUnits(per.map((one) => ({ unit: unitOf(one.unit), power: 1 as const })));
  const result = reduce(div(kg, amount));
  return { id, kind, value: kgText(result), exact: formatExact(result), unit: `kg CO2e/${perUnit.code}` };
}

function lognormalSum({ id, kind, addends }: Of<"lognormal-sum">): CalculationResult {
  const parsed = addends.map(({ kg, gsd2 }) => ({ amount: Number(kg), gsd2: Number(gsd2) }));
  const gsd2 = combineLognormalSum(parsed);
  const { low, high } = interval95(
    parsed.reduce((sum, { amount }) => sum + amount, 0),
    gsd2,
  );
  return {
    id,
    kind,
    kgCo2e: kgText(totalKg(addends)),
    value: gsd2.toFixed(6),
    unit: "GSD2",
    parts: { low: low.toFixed(6), high: high.toFixed(6) },
  };
}

function totalKg(addends: readonly { readonly kg: string }[]): Rational {
  return sum(addends.map(({ kg }) => parseDecimal(kg)));
}

function percent({ id, kind }: Of<"percent-product" | "percent-sum">, value: number): CalculationResult {
  return { id, kind, value: value.toFixed(6), unit: "%" };
}

function scored({ id, kind }: CalculationRequest, value: Rational, unit: string): CalculationResult {
  return { id, kind, value: kgText(value), exact: formatExact(value), unit };
}

/** Properties of a footprint that its two sums say something of. landManagementFossil is inside fossil, and no addend. */
const IDENTITY_PROPERTIES: readonly string[] = [
  ...EXCLUDING_ADDENDS,
  "landManagementFossilGhgEmissions",
  "biogenicCO2Uptake",
  "pcfExcludingBiogenicUptake",
  "pcfIncludingBiogenicUptake",
];

/** The two sums of PACT 3.0 from the figures that they are of: without biogenic uptake, and with it. */
function pcfIdentity({ id, kind, pcf }: Of<"pcf-identity">): CalculationResult {
  const given = new Map<string, Rational>();
  for (const [property, text] of Object.entries(pcf)) {
    const value = parseDecimal(text);
    if (!IDENTITY_PROPERTIES.includes(property)) throw invalid(id, property, "no property that the sums are of");
    if (isOf(NON_NEGATIVE, property) && value.n < 0n) throw invalid(id, property, "below 0");
    if (isOf(NON_POSITIVE, property) && value.n > 0n) throw invalid(id, property, "above 0, and taken up or removed");
    given.set(property, value);
  }
  if (!given.has("fossilGhgEmissions")) {
    throw contractError("ACTIVITY_DATA_MISSING", { line: id, needs: "fossilGhgEmissions" });
  }
  const excluding = sum(EXCLUDING_ADDENDS.map((property) => given.get(property) ?? ZERO));
  const including = add(excluding, given.get("biogenicCO2Uptake") ?? ZERO);
  const differences = [
    ["pcfExcludingBiogenicUptake", excluding] as const,
    ["pcfIncludingBiogenicUptake", including] as const,
  ].flatMap(([property, value]) => {
    const stated = given.get(property);
    return stated === undefined ? [] : [compare(stated, value)];
  });
  return {
    id,
    kind,
    kgCo2e: kgText(excluding),
    exact: formatExact(excluding),
    parts: { pcfIncludingBiogenicUptake: kgText(including) },
    ...(differences.length === 0
      ? {}
      : { value: differences.every((sign) => sign === 0) ? "agrees" : "differs", unit: "with what is stated" }),
  };
}

const isOf = (properties: readonly string[], property: string): boolean => properties.includes(property);

function cutOff({ id, kind, total, part, threshold }: Of<"cut-off">): CalculationResult {
  const [whole, of, limit] = [parseDecimal(total), parseDecimal(part), parseDecimal(threshold)];
  if (whole.n <= 0n) throw invalid(id, "total", "not above 0, and divided by");
  if (of.n < 0n || compare(of, whole) > 0) throw invalid(id, "part", "not from 0 to the total");
  if (limit.n < 0n || compare(limit, ONE) > 0) throw invalid(id, "threshold", "no share from 0 to 1");
  const share = reduce(div(of, whole));
  const below = compare(share, limit) < 0;
  return {
    id,
    kind,
    exact: formatExact(share),
    value: below ? "may be left out" : "must be counted",
    unit: "share of the total",
  };
}

const invalid = (line: string, input: string, reason: string): Error =>
  contractError("ACTIVITY_DATA_INVALID", { line, input, reason });
