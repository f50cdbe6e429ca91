import { contractError } from "../errors.ts";
import type { LedgerLine } from "../ledger/ledger-line.ts";

/** What a line has a quantity by. */
export type QuantityLine = Pick<LedgerLine, "id" | "quantity" | "unit" | "fuel" | "amounts" | "shares">;

/**
 * A line's own quantity.
 * @throws ACTIVITY_DATA_MISSING; ACTIVITY_DATA_INVALID where the line also names amounts or shares, that no method of its takes
 */
export function requireQuantity(
  line: QuantityLine,
  method: string,
): { readonly quantity: string; readonly unit: string } {
  const { id, quantity, unit } = line;
  requireNoInputs(line);
  if (quantity === undefined || unit === undefined) {
    throw contractError("ACTIVITY_DATA_MISSING", { line: id, needs: `quantity and unit, for ${method}` });
  }
  return { quantity, unit };
}

/** What a line names and nothing would take is not left out in silence: half of a shared site is not the whole. @throws ACTIVITY_DATA_INVALID */
export function requireNoInputs({
  id,
  amounts,
  shares,
}: {
  readonly id: string;
  readonly amounts?: LedgerLine["amounts"] | undefined;
  readonly shares?: LedgerLine["shares"] | undefined;
}): void {
  if (amounts === undefined && shares === undefined) return;
  const [input] = Object.keys({ ...amounts, ...shares });
  if (input === undefined) return;
  throw contractError("ACTIVITY_DATA_INVALID", {
    line: id,
    input,
    reason: "nothing that the line is counted by takes it",
  });
}

/** "1250 lb as kg". */
export function said(quantity: string, from: string, to: string): string {
  return from === to ? `${quantity} ${from}` : `${quantity} ${from} as ${to}`;
}
