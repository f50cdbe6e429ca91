import type { LedgerLine } from "../ledger/ledger-line.ts";
import type { Calculation } from "./calculation.ts";
import type { Evidence } from "./evidence.ts";
import { calculateAverageData, calculateSpendBased } from "./factor-calculation.ts";
import { calculateSupplierActivity, calculateSupplierSpecific } from "./supplier-calculation.ts";

/**
 * Computes a line's emissions from one piece of evidence, exactly. Amounts and shares that the line names are taken by its method, or
 * refused: none is left out. Whether the evidence may be used for the line
 * (supplier, product, validity, policy) is its caller's to decide. A line of components is `calculateHybrid`'s.
 *
 * @throws ACTIVITY_DATA_MISSING where the line lacks what the method needs; ACTIVITY_DATA_INVALID, METHOD_UNKNOWN; UNIT_UNKNOWN,
 * UNIT_AMBIGUOUS, UNIT_UNPRICED, UNIT_INCOMPATIBLE, FUEL_PROPERTY_MISSING; FACTOR_NOT_A_VALUE for a bound or a blank; FACTOR_BOUNDARY_UNFIT;
 * GWP_SET_UNAVAILABLE; FACTOR_SET_INVALID for a factor per money of no stated year; RATE_UNKNOWN; DECIMAL_INVALID
 */
export function calculateLine(line: LedgerLine, evidence: Evidence): Calculation {
  switch (evidence.method) {
    case "supplier-specific":
      return line.method === undefined
        ? calculateSupplierSpecific(line, evidence)
        : calculateSupplierActivity(line, evidence);
    case "average-data":
      return calculateAverageData(line, evidence);
    case "spend-based":
      return calculateSpendBased(line, evidence);
  }
}
