import type { LedgerLine } from "@tallystick/contracts";
import { csvRows, type RowSource } from "../ledger/csv-rows.ts";
import type { LedgerMapping } from "../ledger/ledger-mapping.ts";
import { type LineOfRow, readLedgerInSteps } from "../ledger/read-ledger.ts";
import { slipOf } from "../ledger/uncountable.ts";
import { finish, type Steps } from "../steps.ts";
import type { LedgerIssue } from "./inventory-errors.ts";

/** The ledger that a file is compared with. */
export interface HeldLedger {
  readonly lines: ReadonlyMap<string, LedgerLine>;
  /** Ids of lines that were retracted. */
  readonly retracted: ReadonlySet<string>;
}

/** How a file is imported. */
export interface ImportRules {
  /** Without one, the columns are named after the properties of a line. */
  readonly mapping?: LedgerMapping;
  /** Other content under a held id, or a retracted one, is a correction. */
  readonly correct?: boolean;
}

/** The outcome of an import: what would change, and every row that is refused. */
export interface LedgerImport {
  readonly added: readonly LedgerLine[];
  /** Lines that are held with other content. */
  readonly corrected: readonly LedgerLine[];
  readonly unchanged: number;
  /** Rows that hold something, and are not skipped. */
  readonly rows: number;
  /** Rows that are refused. */
  readonly refused: number;
  readonly issueCount: number;
  /** The first of them, by row. */
  readonly issues: readonly LedgerIssue[];
}

const LINES_A_STEP = 2_000;

/**
 * Reads a ledger and compares it with the one held. A line held under the same id and with the same content is unchanged, so importing a
 * file twice is importing it once. Whether the rows that are not refused are taken, the caller decides.
 *
 * @throws LEDGER_TOO_LARGE, LEDGER_HEADER_INVALID, LEDGER_REFUSED where the file as such cannot be read
 */
export function importLedger(file: Uint8Array, held: HeldLedger, rules: ImportRules = {}): LedgerImport {
  return finish(importLedgerInSteps(csvRows(file, rules.mapping ?? {}), held, rules));
}

/** As `importLedger`, of rows, in steps. The ledger held must stay as it is until the last of them. */
export function* importLedgerInSteps(rows: RowSource, held: HeldLedger, rules: ImportRules): Steps<LedgerImport> {
  const { lines, rows: rowCount, issues } = yield* readLedgerInSteps(rows, rules.mapping);
  const repeated = idsOfSeveral(lines);
  const added: LedgerLine[] = [];
  const corrected: LedgerLine[] = [];
  let unchanged = 0;
  for (const [at, { row, line }] of lines.entries()) {
    if (at % LINES_A_STEP === 0) yield;
    const refuse = (rule: string, message: string): void =>
      issues.add({ row, column: "id", rule, value: line.id, message });
    const first = repeated.get(line.id);
    const known = held.lines.get(line.id);
    const slip = slipOf(line);
    if (slip !== undefined) {
      issues.add({ row, ...slip });
    } else if (first !== undefined) {
      const others = first === row ? "further rows have this id too" : `row ${first} has this id already`;
      refuse("duplicate-id", others);
    } else if (known !== undefined && sameLine(known, line)) {
      unchanged += 1;
    } else if (known !== undefined && rules.correct !== true) {
      refuse("id-taken", "is held with other content: another id, or a correction");
    } else if (known !== undefined) {
      corrected.push(line);
    } else if (held.retracted.has(line.id) && rules.correct !== true) {
      refuse("id-retracted", "was retracted: another id, or a correction");
    } else {
      added.push(line);
    }
  }
  return {
    added,
    corrected,
    unchanged,
    rows: rowCount,
    refused: issues.rows,
    issueCount: issues.count,
    issues: issues.kept,
  };
}

/** Ids that several rows have, each with the first of them. Which of the rows is meant, nobody can tell: all are refused. */
function idsOfSeveral(lines: readonly LineOfRow[]): ReadonlyMap<string, number> {
  const rows = new Map<string, number>();
  const several = new Map<string, number>();
  for (const { row, line } of lines) {
    const first = rows.get(line.id);
    if (first === undefined) rows.set(line.id, row);
    else several.set(line.id, first);
  }
  return several;
}

/** Equality of content: two lines are the same when every property is, in whichever order they stand. */
export function sameLine(a: LedgerLine, b: LedgerLine): boolean {
  return isSame(a, b);
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [one, other] = [Object.entries(a), Object.keys(b)];
  return (
    one.length === other.length &&
    one.every(([key, value]) => Object.hasOwn(b, key) && isSame(value, Reflect.get(b, key)))
  );
}
