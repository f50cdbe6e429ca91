import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import {
  type FactorRow,
  parseDecimal,
  parseFactorRow,
  parseFactorSet,
  rowsRoot,
  sortRows,
} from "@tallystick/contracts";
import { encodeBase64, isTallyError } from "@tallystick/proto";
import { CsvError, parse } from "csv-parse";
import { registryError } from "../errors.ts";
import type { FactorSetWithRows } from "../starter/starter-set.ts";

// The official CSV of EPA's Supply Chain GHG Emission Factors by NAICS, in CO2e: v1.2 (USD 2021) and v1.3 (USD 2022).

const COLUMNS = {
  code: "2017 NAICS Code",
  title: "2017 NAICS Title",
  gas: "GHG",
  unit: "Unit",
  without: "Supply Chain Emission Factors without Margins",
  margins: "Margins of Supply Chain Emission Factors",
  withMargins: "Supply Chain Emission Factors with Margins",
  reference: "Reference USEEIO Code",
} as const;
const HEADER: readonly string[] = Object.values(COLUMNS);
/** v1.2 names its first two columns the other way round. */
const HEADERS: readonly string[] = [HEADER, ["NAICS Code 2017", "NAICS Title 2017", ...HEADER.slice(2)]].map((names) =>
  names.join("|"),
);
const UNIT = /^kg CO2e\/(20\d\d) USD, purchaser price$/;
/** The official files hold 1,016 rows; a file this much longer is something else. */
const MAX_ROWS = 20_000;
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** What the two published releases are known to be, beyond what their files say (checked against their by-gas files). */
const RELEASES: {
  readonly [priceYear: string]: { version: string; gwpSet: "AR4" | "AR5"; doi: string; publishedOn: string };
} = {
  "2021": { version: "1.2.0", gwpSet: "AR4", doi: "10.23719/1528686", publishedOn: "2023-04-19" },
  "2022": { version: "1.3.0", gwpSet: "AR5", doi: "10.23719/1531143", publishedOn: "2024-07-03" },
};

export interface ImportReport {
  readonly imported: FactorSetWithRows;
  /** Rows whose parts do not add up to the published whole: the publisher rounds each by itself. */
  readonly roundingGaps: readonly { readonly row: number; readonly code: string; readonly gap: string }[];
}

type Cells = Readonly<Record<string, string>>;

/**
 * Imports the file, streaming. Any bad cell refuses the whole file, named by row and column.
 *
 * @param file the bytes as published; closed in any case
 * @throws FACTOR_FILE_INVALID
 */
export async function importEpaSupplyChain(name: string, file: Readable): Promise<ImportReport> {
  try {
    return await importRows(name, file);
  } finally {
    // A refusal leaves the stream half read.
    file.destroy();
  }
}

async function importRows(name: string, file: Readable): Promise<ImportReport> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const bytes = file.map((chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_FILE_BYTES) throw bad(name, 0, "", `larger than ${MAX_FILE_BYTES} bytes`);
    hash.update(chunk);
    return chunk;
  });
  const rows: FactorRow[] = [];
  const roundingGaps: { row: number; code: string; gap: string }[] = [];
  const seen = new Set<string>();
  let priceYear: string | undefined;
  for await (const { row, cells } of readRecords(name, bytes)) {
    const code = cells[COLUMNS.code] ?? "";
    if (!/^\d{6}$/.test(code)) throw bad(name, row, COLUMNS.code, `"${code}" is not a six-digit NAICS code`);
    if (seen.has(code)) throw bad(name, row, COLUMNS.code, `${code} occurs twice`);
    seen.add(code);
    if (cells[COLUMNS.gas] !== "All GHGs")
      throw bad(name, row, COLUMNS.gas, "not `All GHGs`: this is not the CO2e file");
    const year = UNIT.exec(cells[COLUMNS.unit] ?? "")?.[1];
    if (year === undefined) throw bad(name, row, COLUMNS.unit, `unknown unit "${cells[COLUMNS.unit]}"`);
    priceYear ??= year;
    if (year !== priceYear) throw bad(name, row, COLUMNS.unit, `price year ${year} beside ${priceYear}`);
    const gap = gapOf(name, row, cells);
    if (gap !== "0") roundingGaps.push({ row, code, gap });
    rows.push(toRow(name, row, cells, year));
    if (rows.length > MAX_ROWS) throw bad(name, row, "", `more than ${MAX_ROWS} rows`);
  }
  const release = RELEASES[priceYear ?? ""];
  if (release === undefined) throw bad(name, 1, COLUMNS.unit, "neither v1.2 (USD 2021) nor v1.3 (USD 2022)");
  const sorted = sortRows(rows);
  const set = parseFactorSet({
    id: "epa-supply-chain",
    version: release.version,
    title: "Supply Chain GHG Emission Factors by NAICS-6, CO2e",
    publisher: "US Environmental Protection Agency",
    source: `doi:${release.doi}`,
    sha256: hash.digest("hex"),
    licence: "US government work",
    redistribution: true,
    gwpSet: release.gwpSet,
    priceBasis: { currency: "USD", year: Number(priceYear), price: "purchaser" },
    publishedOn: release.publishedOn,
    validFrom: `${priceYear}-01-01`,
    rowCount: sorted.length,
    rowsRoot: encodeBase64(rowsRoot(sorted)),
  });
  return { imported: { set, rows: sorted }, roundingGaps };
}

const bad = (file: string, row: number, column: string, reason: string): Error =>
  registryError("FACTOR_FILE_INVALID", { file, row, column, reason });

async function* readRecords(name: string, bytes: Readable): AsyncGenerator<{ row: number; cells: Cells }> {
  const parser = bytes.pipe(parse({ bom: true, max_record_size: 4_096 }));
  bytes.on("error", (error) => parser.destroy(error));
  let row = 0;
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      row += 1;
      if (row === 1) {
        if (!HEADERS.includes(record.join("|"))) throw bad(name, 1, "", `the header is not ${HEADER.join(", ")}`);
        continue;
      }
      yield { row, cells: Object.fromEntries(HEADER.map((column, i) => [column, record[i] ?? ""])) };
    }
  } catch (cause) {
    if (isTallyError(cause)) throw cause;
    const [line, reason] = cause instanceof CsvError ? [Number(cause.lines), "not CSV"] : [row + 1, "cannot be read"];
    throw registryError("FACTOR_FILE_INVALID", { file: name, row: line, column: "", reason }, { cause });
  }
  if (row < 2) throw bad(name, 1, "", "no rows");
}

function decimalAt(name: string, row: number, cells: Cells, column: string): { text: string; n: bigint } {
  const text = cells[column] ?? "";
  // Three decimals at most, as published: anything else is another kind of file.
  if (!/^\d{1,4}(\.\d{1,3})?$/.test(text))
    throw bad(name, row, column, `"${text}" is not a factor with three decimals`);
  const { n, d } = parseDecimal(text);
  return { text, n: (n * 1_000n) / d };
}

/** Whole minus parts, in thousandths, as text. */
function gapOf(name: string, row: number, cells: Cells): string {
  const [without, margins, whole] = [COLUMNS.without, COLUMNS.margins, COLUMNS.withMargins].map(
    (column) => decimalAt(name, row, cells, column).n,
  ) as [bigint, bigint, bigint];
  const gap = whole - without - margins;
  if (gap > 2n || gap < -2n) throw bad(name, row, COLUMNS.withMargins, `${gap} thousandths off the sum of its parts`);
  return String(gap);
}

function toRow(name: string, row: number, cells: Cells, year: string): FactorRow {
  try {
    return parseFactorRow({
      kind: "value",
      key: cells[COLUMNS.code],
      label: cells[COLUMNS.title]?.trim(),
      value: decimalAt(name, row, cells, COLUMNS.withMargins).text,
      denominator: "USD",
      boundary: "cradle-to-gate, purchaser price, with margins",
      geography: { scheme: "iso-3166-1", code: "US" },
      dataPeriod: { start: `${year}-01-01`, end: `${year}-12-31` },
      source: `USEEIO ${cells[COLUMNS.reference]}, row ${row} of the published file`,
      category: 1,
    });
  } catch (cause) {
    if (!isTallyError(cause)) throw cause;
    throw registryError(
      "FACTOR_FILE_INVALID",
      { file: name, row, column: COLUMNS.title, reason: cause.message },
      { cause },
    );
  }
}
