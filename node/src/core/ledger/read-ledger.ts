import { type LedgerLine, ledgerLineSchema } from "@tallystick/contracts";
import type { TableRow } from "@tallystick/registry";
import { inventoryError, type LedgerIssue } from "../inventory/inventory-errors.ts";
import { finish, type Steps } from "../steps.ts";
import type { RowSource } from "./csv-rows.ts";
import { fixedMapping } from "./fixed-columns.ts";
import { LEDGER_LIMITS } from "./ledger-limits.ts";
import type { LedgerMapping } from "./ledger-mapping.ts";
import { makeRowReader, type ReadRow, type RowReader } from "./row-reader.ts";
import type { FoundFault } from "./source-reader.ts";

/** A line as read, and the row it stands in. */
export interface LineOfRow {
  readonly row: number;
  readonly line: LedgerLine;
}

/** What a file says: the lines that are whole, and all that is wrong with the others. */
export interface LedgerReading {
  readonly lines: readonly LineOfRow[];
  /** Rows that hold something, and are not skipped. */
  readonly rows: number;
  readonly issues: IssueList;
}

const SHOWN_VALUE_LENGTH = 80;

/** Faults of a file, by row: all are counted, and the first of them kept. */
export class IssueList {
  readonly #kept: LedgerIssue[] = [];
  readonly #rows = new Set<number>();
  #count = 0;

  add(issue: LedgerIssue): void {
    this.#count += 1;
    this.#rows.add(issue.row);
    if (this.#kept.length < LEDGER_LIMITS.reportedIssues) this.#kept.push(issue);
  }

  get kept(): readonly LedgerIssue[] {
    return [...this.#kept].sort((a, b) => a.row - b.row);
  }

  get count(): number {
    return this.#count;
  }

  /** How many rows have faults. */
  get rows(): number {
    return this.#rows.size;
  }

  has(row: number): boolean {
    return this.#rows.has(row);
  }
}

/**
 * Reads a file's rows as ledger lines, under a mapping or by its column names. A row is read exactly or refused with its row, column and
 * rule; nothing is guessed.
 *
 * @throws LEDGER_HEADER_INVALID, LEDGER_TOO_LARGE, and what `rows` throws
 */
export function readLedger(rows: RowSource, mapping: LedgerMapping | undefined): LedgerReading {
  return finish(readLedgerInSteps(rows, mapping));
}

/** As `readLedger`, in steps. */
export function* readLedgerInSteps(rows: RowSource, mapping: LedgerMapping | undefined): Steps<LedgerReading> {
  const headerRow = mapping?.headerRow ?? 1;
  const issues = new IssueList();
  const lines: LineOfRow[] = [];
  const components: { row: number; read: ReadRow }[] = [];
  const spoilt = new Set<string>();
  let header: readonly string[] = [];
  let reader: RowReader | undefined;
  let count = 0;

  const refuse = (row: TableRow, { at, rule, message }: FoundFault): void => {
    const value = at === undefined ? undefined : row.cells[at]?.slice(0, SHOWN_VALUE_LENGTH);
    issues.add({
      row: row.row,
      ...(at === undefined ? {} : { column: header[at] ?? `column ${at + 1}` }),
      rule,
      ...(value === undefined || value === "" ? {} : { value }),
      message,
    });
  };

  const take = (row: TableRow): void => {
    if (row.row - headerRow > LEDGER_LIMITS.rows) {
      throw inventoryError("LEDGER_TOO_LARGE", { what: "rows", count: row.row - headerRow, max: LEDGER_LIMITS.rows });
    }
    if (row.row < headerRow) return;
    if (row.row === headerRow) {
      header = headerOf(row);
      reader = openReader(mapping, header);
      return;
    }
    if (reader === undefined || row.cells.every((cell) => cell.trim() === "")) return;
    const faults: FoundFault[] = [];
    const read = reader.read(row, faults);
    for (const found of faults) refuse(row, found);
    if (read !== undefined || faults.length > 0) count += 1;
    if (faults.length > 0 && read?.componentOf !== undefined) spoilt.add(read.componentOf);
    if (read === undefined || faults.length > 0) return;
    if (read.componentOf !== undefined) {
      components.push({ row: row.row, read });
      return;
    }
    const parsed = ledgerLineSchema.safeParse(read.record);
    if (parsed.success) lines.push({ row: row.row, line: parsed.data });
    else for (const found of faultsOf(parsed.error.issues, reader)) refuse(row, found);
  };

  for (const some of rows) {
    for (const row of some) take(row);
    yield;
  }
  if (reader === undefined) openReader(mapping, []);
  return { lines: withComponents(lines, components, spoilt, issues), rows: count, issues };
}

/** Names as they are compared: without line breaks or doubled blanks. Empty ones at the end are no columns. */
export function headerOf({ cells }: TableRow): readonly string[] {
  const names = cells.map((cell) =>
    cell
      .replace(/\p{Cf}/gu, "")
      .replace(/\s+/gu, " ")
      .trim(),
  );
  return names.slice(0, names.findLastIndex((name) => name !== "") + 1);
}

function openReader(mapping: LedgerMapping | undefined, header: readonly string[]): RowReader {
  const fixed = mapping === undefined ? fixedMapping(header) : { mapping };
  if (!("mapping" in fixed)) {
    const repeated = header.filter((name, at) => header.indexOf(name) !== at);
    throw inventoryError("LEDGER_HEADER_INVALID", { missing: fixed.missing, unknown: fixed.unknown, repeated });
  }
  const reader = makeRowReader(fixed.mapping, header);
  const { missing, repeated } = reader;
  if (missing.length + repeated.length > 0) {
    throw inventoryError("LEDGER_HEADER_INVALID", { missing, unknown: [], repeated });
  }
  return reader;
}

function faultsOf(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly code?: string; readonly message: string }[],
  reader: RowReader,
): FoundFault[] {
  return issues.map(({ path, code, message }) => {
    const at = reader.columnOf(path);
    const property = path.map(String).join(".");
    const text = at === undefined && property !== "" ? `${property}: ${message}` : message;
    return { ...(at === undefined ? {} : { at }), rule: ruleOf(path, code, message), message: text };
  });
}

/** What a line breaks that is not whole, named after the property: "unit", "category". */
function ruleOf(path: readonly PropertyKey[], code: string | undefined, message: string): string {
  if (code === "invalid_type" && message.endsWith("received undefined")) return "missing";
  return String(path.findLast((step) => typeof step === "string") ?? "line");
}

/** Puts components into their lines. A line with a component that cannot stand in it is refused whole. */
function withComponents(
  lines: readonly LineOfRow[],
  components: readonly { readonly row: number; readonly read: ReadRow }[],
  spoilt: ReadonlySet<string>,
  issues: IssueList,
): readonly LineOfRow[] {
  if (components.length + spoilt.size === 0) return lines;
  const byParent = new Map<string, { row: number; record: Readonly<Record<string, unknown>> }[]>();
  for (const { row, read } of components) {
    const parent = read.componentOf ?? "";
    const siblings = byParent.get(parent) ?? [];
    siblings.push({ row, record: read.record });
    byParent.set(parent, siblings);
  }
  const whole: LineOfRow[] = [];
  for (const { row, line } of lines) {
    const parts = byParent.get(line.id);
    if (spoilt.has(line.id)) {
      byParent.delete(line.id);
      issues.add({ row, rule: "component", message: `a component of ${line.id} is refused, and so the line` });
      continue;
    }
    if (parts === undefined) {
      whole.push({ row, line });
      continue;
    }
    byParent.delete(line.id);
    const parsed = ledgerLineSchema.safeParse({ ...line, components: parts.map(({ record }) => record) });
    if (parsed.success) {
      whole.push({ row, line: parsed.data });
      continue;
    }
    for (const { path, message, code } of parsed.error.issues) {
      const at = typeof path[1] === "number" ? parts[path[1]] : undefined;
      issues.add({
        row: at?.row ?? row,
        rule: ruleOf(path, code, message),
        message: `${path.slice(2).map(String).join(".")}: ${message}`,
      });
    }
    if (!issues.has(row)) {
      issues.add({ row, rule: "component", message: `a component of ${line.id} is refused, and so the line` });
    }
  }
  for (const [parent, parts] of byParent) {
    for (const { row } of parts) {
      issues.add({ row, rule: "component", message: `there is no line ${parent.slice(0, 128)} that it is a part of` });
    }
  }
  return whole;
}
