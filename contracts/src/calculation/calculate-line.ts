import { contractError } from "../errors.ts";
import { toNanoKg } from "../exact/nano.ts";
import { div, mul, parseDecimal, parsePactDecimal, type Rational } from "../exact/rational.ts";
import { type FactorRow, USD_DENOMINATOR, type ValueRow } from "../factors/factor-row.ts";
import type { FactorSet } from "../factors/factor-set.ts";
import type { CarbonFootprint, ProductFootprint } from "../footprint/product-footprint.ts";
import type { LedgerLine } from "../ledger/ledger-line.ts";
import type { RateSet } from "../rates/rate-set.ts";
import { toBasis } from "../rates/to-basis.ts";
import { finding } from "../schema/findings.ts";
import { convert, isConvertible } from "../units/unit.ts";
import { type Step, step } from "./step.ts";

/** Where an entry stands: the origin of its log, its index, and its leaf hash in base64. */
export interface EntryRef {
  readonly origin: string;
  readonly index: number;
  readonly leaf: string;
}

/** The supplier's own figure for the product. */
export interface SupplierEvidence {
  readonly method: "supplier-specific";
  readonly ref: EntryRef;
  readonly footprint: ProductFootprint;
}

/** A factor per physical quantity. */
export interface AverageEvidence {
  readonly method: "average-data";
  readonly set: FactorSet;
  readonly row: FactorRow;
}

/** A factor per US dollar of the set's price basis; rates where the amount is in other money. */
export interface SpendEvidence {
  readonly method: "spend-based";
  readonly set: FactorSet;
  readonly row: FactorRow;
  readonly rates?: RateSet;
}

/** What a line's figure rests on, by the methods of the GHG Protocol's Scope 3 guidance. */
export type Evidence = SupplierEvidence | AverageEvidence | SpendEvidence;

/** A line's emissions, and how they follow. */
export interface Calculation {
  /** Integer 10⁻⁹ kg CO2e: the exact result, rounded once, half to even. */
  readonly nanoKgCo2e: bigint;
  /** In the figures as given: "1250 lb as kg ÷ 1 kg × 6.715 kg CO2e". Made when asked for. */
  readonly formula: string;
  /** Exact intermediate results, the last one before rounding. Made when asked for. */
  readonly steps: readonly Step[];
}

/**
 * Computes a line's emissions from one piece of evidence, exactly. Whether the evidence may be used for the line
 * (supplier, product, validity, policy) is its caller's to decide.
 *
 * @throws ACTIVITY_DATA_MISSING where the line lacks what the method needs; UNIT_UNKNOWN, UNIT_AMBIGUOUS,
 * UNIT_INCOMPATIBLE; FACTOR_NOT_A_VALUE for a bound or a blank; FACTOR_SET_INVALID for a factor per USD of no stated
 * year; RATE_UNKNOWN; DECIMAL_INVALID
 */
export function calculateLine(line: LedgerLine, evidence: Evidence): Calculation {
  switch (evidence.method) {
    case "supplier-specific":
      return calculateSupplierSpecific(line, evidence);
    case "average-data":
      return calculateAverageData(line, evidence);
    case "spend-based":
      return calculateSpendBased(line, evidence);
  }
}

/** Declared units whose productMassPerDeclaredUnit tells how much of them a mass is. */
const UNITS_WITH_MASS: ReadonlySet<string> = new Set(["piece", "liter", "cubic meter", "square meter"]);

function calculateSupplierSpecific(line: LedgerLine, { footprint, ref }: SupplierEvidence): Calculation {
  const { pcf } = footprint;
  const { quantity, unit } = requireQuantity(line, "supplier-specific");
  const given = parseDecimal(quantity);
  const byMass = !isConvertible(unit, pcf.declaredUnitOfMeasurement) && isSoldByMass(unit, pcf);
  const per = byMass
    ? { amount: pcf.productMassPerDeclaredUnit, unit: "kilogram" }
    : { amount: pcf.declaredUnitAmount, unit: pcf.declaredUnitOfMeasurement };
  const converted = convert(given, unit, per.unit);
  const declaredUnits = div(converted, parsePactDecimal(per.amount));
  const kg = mul(declaredUnits, parsePactDecimal(pcf.pcfExcludingBiogenicUptake));
  const source = `${ref.origin}#${ref.index}`;
  return new LazyCalculation(
    kg,
    () => `${as(quantity, unit, per.unit)} ÷ ${per.amount} ${per.unit} × ${pcf.pcfExcludingBiogenicUptake} kg CO2e`,
    () => [
      ...conversion(quantity, unit, converted, per.unit),
      step(
        `÷ ${per.amount} ${per.unit}, ${byMass ? "productMassPerDeclaredUnit" : "declaredUnitAmount"}`,
        declaredUnits,
        "declared units",
        source,
      ),
      step(`× ${pcf.pcfExcludingBiogenicUptake}, pcfExcludingBiogenicUptake`, kg, "kg CO2e", source),
    ],
  );
}

function isSoldByMass(unit: string, pcf: CarbonFootprint): boolean {
  return (
    UNITS_WITH_MASS.has(pcf.declaredUnitOfMeasurement) &&
    isConvertible(unit, "kg") &&
    parsePactDecimal(pcf.productMassPerDeclaredUnit).n > 0n
  );
}

function calculateAverageData(line: LedgerLine, { set, row }: AverageEvidence): Calculation {
  const { value } = requireValue(set, row);
  const { quantity, unit } = requireQuantity(line, "average-data");
  const converted = convert(parseDecimal(quantity), unit, row.denominator);
  const kg = mul(converted, parseDecimal(value));
  return new LazyCalculation(
    kg,
    () => `${as(quantity, unit, row.denominator)} × ${value} kg CO2e/${row.denominator}`,
    () => [
      ...conversion(quantity, unit, converted, row.denominator),
      step(`× ${value} kg CO2e/${row.denominator}`, kg, "kg CO2e", nameOf(set, row)),
    ],
  );
}

function calculateSpendBased(line: LedgerLine, { set, row, rates }: SpendEvidence): Calculation {
  const { value } = requireValue(set, row);
  const { amount, currency } = line;
  if (amount === undefined || currency === undefined) {
    throw contractError("ACTIVITY_DATA_MISSING", { line: line.id, needs: "amount and currency" });
  }
  if (row.denominator !== USD_DENOMINATOR) {
    const dimensions = { fromDimension: "money", toDimension: "a physical quantity" };
    throw contractError("UNIT_INCOMPATIBLE", { from: currency, to: row.denominator, ...dimensions });
  }
  if (set.priceBasis === undefined) {
    throw contractError("FACTOR_SET_INVALID", {
      issues: [finding("priceBasis", "price-basis", `${nameOf(set, row)} is per USD of no stated year`)],
    });
  }
  const { year } = set.priceBasis;
  const basis = toBasis(rates, amount, currency, Number(line.date.slice(0, 4)), set.priceBasis);
  const kg = mul(basis.value, parseDecimal(value));
  return new LazyCalculation(
    kg,
    () => `${as(amount, currency, `USD ${year}`)} × ${value} kg CO2e/USD ${year}`,
    () => [
      ...basis.steps,
      step(`× ${value} kg CO2e/USD ${year} (${set.priceBasis?.price} price)`, kg, "kg CO2e", nameOf(set, row)),
    ],
  );
}

/** Text is made on demand: a million lines are summed, a few are explained. A class, whose getters cost nothing to make. */
class LazyCalculation implements Calculation {
  readonly nanoKgCo2e: bigint;
  readonly #formula: () => string;
  readonly #steps: () => readonly Step[];

  constructor(kg: Rational, formula: () => string, steps: () => readonly Step[]) {
    this.nanoKgCo2e = toNanoKg(kg);
    this.#formula = formula;
    this.#steps = steps;
  }

  get formula(): string {
    return this.#formula();
  }

  get steps(): readonly Step[] {
    return this.#steps();
  }
}

function requireQuantity(line: LedgerLine, method: string): { quantity: string; unit: string } {
  const { id, quantity, unit } = line;
  if (quantity === undefined || unit === undefined) {
    throw contractError("ACTIVITY_DATA_MISSING", { line: id, needs: `quantity and unit, for ${method}` });
  }
  return { quantity, unit };
}

function requireValue(set: FactorSet, row: FactorRow): ValueRow {
  if (row.kind === "value") return row;
  throw contractError("FACTOR_NOT_A_VALUE", { set: `${set.id}@${set.version}`, key: row.key, kind: row.kind });
}

const nameOf = (set: FactorSet, row: FactorRow): string => `${set.id}@${set.version}#${row.key}`;

const as = (quantity: string, from: string, to: string): string =>
  from === to ? `${quantity} ${from}` : `${quantity} ${from} as ${to}`;

function conversion(quantity: string, from: string, converted: Rational, to: string): Step[] {
  return from === to ? [] : [step(`${quantity} ${from} in ${to}`, converted, to)];
}
