import type { TableRow } from "@tallystick/registry";
import { type Inferred, inferDateFormat, inferNumberFormat, type SampleCell } from "./infer-formats.ts";
import { currencyMeant, type Meant, unitMeant } from "./meant-unit.ts";
import { readNumberCell } from "./number-cell.ts";
import { BLANK_MARK } from "./source-reader.ts";

/** What the cells of a file suggest of how they are to be read, and what only a person can say. */
export interface CellProposal {
  readonly mapping: Readonly<Record<string, unknown>>;
  /** Instead of what the headers alone suggest. */
  readonly columns: Readonly<Record<string, unknown>>;
  readonly open: readonly string[];
}

/** A column that was recognised: its source as proposed so far, and the unit that its header names. */
export interface RecognisedColumn {
  readonly at: number;
  readonly source: unknown;
  readonly unit?: string;
}

const MAX_VALUES = 100;
const PAIRS = [
  ["quantity", "unit", unitMeant],
  ["amount", "currency", currencyMeant],
] as const;

/** Looks at a sample of a file's rows, under the columns that its headers suggest. */
export function proposeFromCells(
  found: ReadonlyMap<string, RecognisedColumn>,
  rows: readonly TableRow[],
): CellProposal {
  const open: string[] = [];
  const blanks = new Set<string>();
  const cellsOf = (name: string): readonly SampleCell[] => {
    const at = found.get(name)?.at;
    if (at === undefined) return [];
    return rows.flatMap(({ cells, stored }) => {
      const text = (cells[at] ?? "").trim();
      if (text !== "" && BLANK_MARK.test(text)) blanks.add(text);
      return text === "" || blanks.has(text) ? [] : [{ text, stored: stored?.[at] === true }];
    });
  };
  const columns: Record<string, unknown> = {};
  for (const [number, unit, meant] of PAIRS) {
    const of = found.get(number);
    if (of === undefined) continue;
    const own = found.get(unit);
    const texts = own === undefined ? [] : distinct(cellsOf(unit));
    const beside = own === undefined && of.unit === undefined ? besideOf(cellsOf(number)) : [];
    const values = valuesOf(
      [...texts, ...beside, ...(of.unit === undefined || own !== undefined ? [] : [of.unit])],
      unit,
      meant,
      open,
    );
    if (own !== undefined) {
      if (values !== undefined) columns[unit] = { ...asObject(own.source), values, otherwise: "as-is" };
    } else if (of.unit !== undefined) columns[unit] = { constant: values?.[of.unit] ?? of.unit };
    else if (beside.length > 0) columns[unit] = { inCell: true, ...(values === undefined ? {} : { values }) };
  }
  const category = found.get("category");
  const categories = distinct(cellsOf("category"));
  if (category !== undefined && categories.some((text) => !/^([1-9]|1[0-5])$/.test(text))) {
    columns.category = {
      ...asObject(category.source),
      values: Object.fromEntries(categories.map((text) => [text, ""])),
    };
    open.push("columns.category: which Scope 3 category, 1 to 15, each of its values is");
  }
  const numbers = take(inferNumberFormat([...cellsOf("quantity"), ...cellsOf("amount")]), "numbers", open);
  const dates = take(inferDateFormat(cellsOf("date")), "dates", open);
  for (const name of found.keys()) cellsOf(name);
  return {
    mapping: {
      ...(blanks.size === 0 ? {} : { blanks: [...blanks] }),
      ...(numbers === undefined ? {} : { numbers }),
      ...(dates === undefined ? {} : { dates: [dates] }),
    },
    columns,
    open,
  };
}

const UNDECLARED = { numbers: "1234.56", dates: "YYYY-MM-DD" } as const;

function take<T>(inferred: Inferred<T>, what: "numbers" | "dates", open: string[]): T | undefined {
  if (inferred.kind === "one") return inferred.format;
  const text =
    inferred.kind === "untold"
      ? `unless they are ${UNDECLARED[what]}`
      : inferred.kind === "none"
        ? `no format fits all cells, and "${inferred.cell}" for one is written otherwise`
        : `"${inferred.cell}" can be ${inferred.readings.join(" or ")}`;
  open.push(`${what}: how they are written; ${text}`);
  return undefined;
}

/** What texts mean that are no unit or currency as they stand; "" where only a person can say it. */
function valuesOf(
  texts: readonly string[],
  kind: string,
  meant: (text: string) => Meant,
  open: string[],
): Readonly<Record<string, string>> | undefined {
  const values: Record<string, string> = {};
  for (const text of texts) {
    const { as, alternatives } = meant(text);
    if (as === text) continue;
    values[text] = as ?? "";
    const choice = alternatives === undefined ? "" : `: ${alternatives.join(" or ")}`;
    open.push(
      as === undefined ? `columns.${kind}: what "${text}" is${choice}` : `columns.${kind}: whether "${text}" is ${as}`,
    );
  }
  return Object.keys(values).length === 0 ? undefined : values;
}

const asObject = (source: unknown): object => (typeof source === "string" ? { column: source } : (source as object));

const distinct = (cells: readonly SampleCell[]): readonly string[] =>
  [...new Set(cells.map(({ text }) => text))].slice(0, MAX_VALUES);

/** What stands beside the numbers of a column, however they are written. */
function besideOf(cells: readonly SampleCell[]): readonly string[] {
  const beside = cells.flatMap(({ text, stored }) => {
    const result = stored
      ? undefined
      : readNumberCell(text.replace(/\d(?:[\d.,'\u2019\s]*\d)?/u, "0"), { decimal: "." });
    return result?.ok === true && result.value.beside !== "" ? [result.value.beside] : [];
  });
  return [...new Set(beside)].slice(0, MAX_VALUES);
}
