import { toNanoKg } from "../exact/nano.ts";
import { add, div, mul, parseDecimal, parsePactDecimal, type Rational, ZERO } from "../exact/rational.ts";
import type { CarbonFootprint } from "../footprint/product-footprint.ts";
import { isConvertible, unitOf } from "../units/unit.ts";
import type { Calculation, GasFigure } from "./calculation.ts";
import type { SupplierEvidence } from "./evidence.ts";
import { type QuantityLine, requireQuantity, said } from "./line-quantity.ts";
import { restate } from "./restate.ts";
import { type Step, step } from "./step.ts";

/** Declared units whose productMassPerDeclaredUnit tells how much of them a mass is. */
const UNITS_WITH_MASS: ReadonlySet<string> = new Set(["piece", "liter", "cubic meter", "square meter"]);

/**
 * A quantity of a product by its supplier's footprint.
 * @throws ACTIVITY_DATA_MISSING, UNIT_UNKNOWN, UNIT_AMBIGUOUS, UNIT_UNPRICED, UNIT_INCOMPATIBLE, FUEL_PROPERTY_MISSING, DECIMAL_INVALID
 */
export function calculateSupplierSpecific(line: QuantityLine, { footprint, ref }: SupplierEvidence): Calculation {
  const { pcf } = footprint;
  const { quantity, unit } = requireQuantity(line, "supplier-specific");
  const byMass = !isConvertible(unit, pcf.declaredUnitOfMeasurement) && isSoldByMass(unit, pcf);
  const per = byMass
    ? { amount: pcf.productMassPerDeclaredUnit, unit: "kilogram" }
    : { amount: pcf.declaredUnitAmount, unit: pcf.declaredUnitOfMeasurement };
  const converted = restate(parseDecimal(quantity), unitOf(unit), unitOf(per.unit), line.fuel);
  const declaredUnits = div(converted.value, parsePactDecimal(per.amount));
  return new SupplierCalculation(declaredUnits, pcf, {
    formula: () =>
      `${said(quantity, unit, per.unit)} ÷ ${per.amount} ${per.unit} × ${pcf.pcfExcludingBiogenicUptake} kg CO2e`,
    steps: (kg) => {
      const source = `${ref.origin}#${ref.index}`;
      const divisor = byMass ? "productMassPerDeclaredUnit" : "declaredUnitAmount";
      return [
        ...converted.steps,
        step(`÷ ${per.amount} ${per.unit}, ${divisor}`, declaredUnits, "declared units", source),
        step(`× ${pcf.pcfExcludingBiogenicUptake}, pcfExcludingBiogenicUptake`, kg, "kg CO2e", source),
      ];
    },
  });
}

function isSoldByMass(unit: string, pcf: CarbonFootprint): boolean {
  return (
    UNITS_WITH_MASS.has(pcf.declaredUnitOfMeasurement) &&
    isConvertible(unit, "kg") &&
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
