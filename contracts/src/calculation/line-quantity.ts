import { contractError } from "../errors.ts";
import type { LedgerLine } from "../ledger/ledger-line.ts";

/** What a line has a quantity by. */
export type QuantityLine = Pick<LedgerLine, "id" | "quantity" | "unit" | "fuel">;

/** A line's own quantity. @throws ACTIVITY_DATA_MISSING */
export function requireQuantity(
  line: QuantityLine,
  method: string,
): { readonly quantity: string; readonly unit: string } {
  const { id, quantity, unit } = line;
  if (quantity === undefined || unit === undefined) {
    throw contractError("ACTIVITY_DATA_MISSING", { line: id, needs: `quantity and unit, for ${method}` });
  }
  return { quantity, unit };
}

/** "1250 lb as kg". */
export function said(quantity: string, from: string, to: string): string {
  return from === to ? `${quantity} ${from}` : `${quantity} ${from} as ${to}`;
}
