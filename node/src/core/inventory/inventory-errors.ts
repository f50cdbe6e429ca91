import { errorFactory } from "@tallystick/proto";

/** One fault found in a ledger file. Row 1 is the header, as a spreadsheet numbers them. */
export interface LedgerIssue {
  readonly row: number;
  readonly column?: string;
  /** Stable name of the rule that was broken, such as `decimal` or `duplicate-id`. */
  readonly rule: string;
  /** The cell as it stands, at most 80 characters. */
  readonly value?: string;
  readonly message: string;
}

/** The codes of the inventory. */
export interface InventoryErrors {
  /** The file is larger than an import may be. */
  LEDGER_TOO_LARGE: { what: "bytes" | "rows"; count: number; max: number };
  /** The header lacks a column, repeats one, or names one that a ledger does not have. */
  LEDGER_HEADER_INVALID: { missing: readonly string[]; unknown: readonly string[]; repeated: readonly string[] };
  /** The file cannot be read as a table, so no row was taken. Rows that are wrong are in the answer of an import. */
  LEDGER_REFUSED: { issueCount: number; issues: readonly LedgerIssue[] };
  /** Not a mapping of a ledger's columns. */
  LEDGER_MAPPING_INVALID: { issues: readonly { path: string; message: string }[] };
  /** Two different lines were given under one id. */
  LEDGER_LINE_CONFLICT: { id: string };
  /** The policy does not have the shape of an inventory policy. */
  INVENTORY_POLICY_INVALID: { issues: readonly { path: string; message: string }[] };
  /** The policy names a factor or rate set that is not at hand. */
  FACTOR_SET_MISSING: { id: string; version: string };
  /** Not the name of a reporting period. */
  PERIOD_INVALID: { text: string; reason: string };
  /** Not a time of knowledge: neither a day nor an RFC 3339 date-time. */
  AS_OF_INVALID: { text: string };
  /** No ledger line has this id. */
  LINE_UNKNOWN: { id: string };
}

export const inventoryError: ReturnType<typeof errorFactory<InventoryErrors>> = errorFactory<InventoryErrors>();
