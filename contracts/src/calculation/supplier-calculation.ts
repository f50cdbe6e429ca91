import { toNanoKg } from "../exact/nano.ts";
import { add, div, mul, parseDecimal, parsePactDecimal, type Rational, ZERO } from "../exact/rational.ts";
import type { CarbonFootprint } from "../footprint/product-footprint.ts";
import type { FuelProperties } from "../fuels/fuel-property-set.ts";
import type { LedgerLine } from "../ledger/ledger-line.ts";
import type { Unit } from "../units/multiply-units.ts";
import { unitOf } from "../units/unit.ts";
import type { ActivityAmount } from "./activity-amount.ts";
import type { Calculation, GasFigure } from "./calculation.ts";
import type { SupplierEvidence } from "./evidence.ts";
import { activityOf } from "./factor-calculation.ts";
import { type QuantityLine, requireQuantity, said } from "./line-quantity.ts";
import { restate } from "./restate.ts";
import { type Step, step } from "./step.ts";

/** Declared units whose productMassPerDeclaredUnit tells how much of them a mass is. */
const UNITS_WITH_MASS: ReadonlySet<string> = new Set(["piece", "liter", "cubic meter", "square meter"]);

/**
 * A quantity of a product by its supplier's footprint.
 * @throws ACTIVITY_DATA_MISSING, ACTIVITY_DATA_INVALID, UNIT_UNKNOWN, UNIT_AMBIGUOUS, UNIT_UNPRICED, UNIT_INCOMPATIBLE,
 *   FUEL_PROPERTY_MISSING, DECIMAL_INVALID
 */
export function calculateSupplierSpecific(line: QuantityLine, evidence: SupplierEvidence): Calculation {
  const { quantity, unit } = requireQuantity(line, "supplier-specific");
  return byFootprint(
    { value: parseDecimal(quantity), unit: unitOf(unit), fuel: line.fuel, text: (per) => said(quantity, unit, per) },
    evidence,
  );
}

/**
 * What a line's own method makes of its amounts and shares, by its supplier's footprint: of 1,000 kWh of a shared site, the part that is
 * the company's.
 * @throws METHOD_UNKNOWN and what `calculateSupplierSpecific` throws
 */
export function calculateSupplierActivity(line: LedgerLine, evidence: SupplierEvidence): Calculation {
  return byFootprint(new ActivityBought(activityOf(line)), evidence);
}

/** How much was bought of what a footprint is of. */
interface Bought {
  readonly value: Rational;
  readonly unit: Unit;
  readonly fuel: FuelProperties | undefined;
  /** Steps that led to it. */
  readonly steps?: readonly Step[];
  text(per: string): string;
}

/** A method's result as something bought. Its texts are made when asked for. */
class ActivityBought implements Bought {
  readonly #activity: ActivityAmount;
  constructor(activity: ActivityAmount) {
    this.#activity = activity;
  }
  get value(): Rational {
    return this.#activity.value;
  }
  get unit(): Unit {
    return this.#activity.unit;
  }
  get fuel(): FuelProperties | undefined {
    return this.#activity.fuel;
  }
  get steps(): readonly Step[] {
    return this.#activity.steps;
  }
  text(): string {
    return this.#activity.formula;
  }
}

function byFootprint(bought: Bought, { footprint: { pcf }, ref }: SupplierEvidence): Calculation {
  const { value, unit, fuel } = bought;
  const declared = unitOf(pcf.declaredUnitOfMeasurement);
  const byMass = unit.measures !== declared.measures && isSoldByMass(unit, pcf);
  const per = byMass
    ? { amount: pcf.productMassPerDeclaredUnit, unit: "kilogram" }
    : { amount: pcf.declaredUnitAmount, unit: pcf.declaredUnitOfMeasurement };
  const converted = restate(value, unit, unitOf(per.unit), fuel);
  const declaredUnits = div(converted.value, parsePactDecimal(per.amount));
  return new SupplierCalculation(declaredUnits, pcf, {
    formula: () => `${bought.text(per.unit)} ÷ ${per.amount} ${per.unit} × ${pcf.pcfExcludingBiogenicUptake} kg CO2e`,
    steps: (kg) => {
      const source = `${ref.origin}#${ref.index}`;
      const divisor = byMass ? "productMassPerDeclaredUnit" : "declaredUnitAmount";
      return [
        ...(bought.steps ?? []),
        ...converted.steps,
        step(`÷ ${per.amount} ${per.unit}, ${divisor}`, declaredUnits, "declared units", source),
        step(`× ${pcf.pcfExcludingBiogenicUptake}, pcfExcludingBiogenicUptake`, kg, "kg CO2e", source),
      ];
    },
  });
}

const KG = unitOf("kg");

function isSoldByMass({ measures }: Unit, pcf: CarbonFootprint): boolean {
  return (
    UNITS_WITH_MASS.has(pcf.declaredUnitOfMeasurement) &&
    measures === KG.measures &&
    parsePactDecimal(pcf.productMassPerDeclaredUnit).n > 0n
  );
}

interface SupplierStory {
  readonly formula: () => string;
  readonly steps: (kg: Rational) => readonly Step[];
}

class SupplierCalculation implements Calculation {
  readonly nanoKgCo2e: bigint;
  readonly #declaredUnits: Rational;
  readonly #pcf: CarbonFootprint;
  readonly #story: SupplierStory;

  constructor(declaredUnits: Rational, pcf: CarbonFootprint, story: SupplierStory) {
    this.#declaredUnits = declaredUnits;
    this.#pcf = pcf;
    this.#story = story;
    this.nanoKgCo2e = toNanoKg(this.kgCo2e);
  }

  get kgCo2e(): Rational {
    return mul(this.#declaredUnits, parsePactDecimal(this.#pcf.pcfExcludingBiogenicUptake));
  }

  /** A footprint says nothing of single gases. */
  get gases(): readonly GasFigure[] {
    return [];
  }

  get biogenicNanoKgCo2(): bigint {
    return 0n;
  }

  get uptakeNanoKgCo2(): bigint {
    return this.#of(this.#pcf.biogenicCO2Uptake);
  }

  get removalsNanoKgCo2e(): bigint {
    return this.#of(this.#pcf.landManagementBiogenicCO2Removals, this.#pcf.technologicalCO2Removals);
  }

  #of(...perDeclaredUnit: readonly (string | undefined)[]): bigint {
    let kg = ZERO;
    for (const text of perDeclaredUnit) if (text !== undefined) kg = add(kg, parsePactDecimal(text));
    return toNanoKg(mul(this.#declaredUnits, kg));
  }

  get gwp(): string {
    return `${this.#pcf.ipccCharacterizationFactors.join(", ")} as the footprint states`;
  }

  get formula(): string {
    return this.#story.formula();
  }

  get steps(): readonly Step[] {
    return this.#story.steps(this.kgCo2e);
  }
}
