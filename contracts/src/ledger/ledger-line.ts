import { z } from "zod";
import { contractError } from "../errors.ts";
import { currency, date, decimal, line, unit } from "../schema/fields.ts";
import { parseOr } from "../schema/findings.ts";

/** One purchase, shipment or other activity of a buyer, in one of the 15 Scope 3 categories. */
export interface LedgerLine {
  /** Unique in its ledger, at most 128 characters. */
  readonly id: string;
  /** The day of the activity, YYYY-MM-DD: what validity is decided by. */
  readonly date: string;
  /** Scope 3 category of the GHG Protocol, 1 to 15. */
  readonly category: number;
  /** The supplier's DID, or its name in the members log. */
  readonly supplier?: string;
  /** A product's URN as its supplier publishes it. */
  readonly productId?: string;
  readonly description: string;
  /** Decimal text; negative for a return. Never without `unit`. */
  readonly quantity?: string;
  readonly unit?: string;
  /** Decimal text; negative for a credit note. Never without `currency`. */
  readonly amount?: string;
  /** ISO 4217. */
  readonly currency?: string;
  /** Key of an average-data factor. */
  readonly activity?: string;
  /** NAICS code, two to six digits: key of a spend-based factor. */
  readonly naics?: string;
}

/** Limits: id and activity 128 characters, supplier and productId 256, description 500. */
export const ledgerLineSchema: z.ZodType<LedgerLine> = z
  .strictObject({
    id: line(128),
    date,
    category: z.int().min(1).max(15),
    supplier: line(256).exactOptional(),
    productId: line(256).exactOptional(),
    description: line(500),
    quantity: decimal.exactOptional(),
    unit: unit.exactOptional(),
    amount: decimal.exactOptional(),
    currency: currency.exactOptional(),
    activity: line(128).exactOptional(),
    naics: z
      .string()
      .regex(/^\d{2,6}$/, "not a NAICS code")
      .exactOptional(),
  })
  .superRefine((value, context) => {
    for (const [one, other] of [
      ["quantity", "unit"],
      ["amount", "currency"],
    ] as const) {
      if ((value[one] === undefined) !== (value[other] === undefined)) {
        const path = value[one] === undefined ? one : other;
        context.addIssue({ code: "custom", path: [path], message: `${one} and ${other} go together` });
      }
    }
  });

/** @throws LEDGER_LINE_INVALID */
export function parseLedgerLine(value: unknown): LedgerLine {
  return parseOr(ledgerLineSchema, value, (issues) => {
    const id = typeof value === "object" && value !== null && "id" in value ? String(value.id).slice(0, 128) : "";
    return contractError("LEDGER_LINE_INVALID", { id, issues });
  });
}
