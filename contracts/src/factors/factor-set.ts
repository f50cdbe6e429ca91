import { decodeBase64, encodeBase64, hashLeaf, isTallyError, merkleRoot, verifyInclusion } from "@tallystick/proto";
import { z } from "zod";
import { contractError, type Finding } from "../errors.ts";
import type { GwpSet } from "../gases/gwp-table.ts";
import { currency, date, hash32, line, slug, version, year } from "../schema/fields.ts";
import { finding, parseOr } from "../schema/findings.ts";
import { type FactorRow, factorRowBytes, isMoneyDenominator } from "./factor-row.ts";

/** What one unit of money in a spend-based set is. */
export interface PriceBasis {
  /** ISO 4217. */
  readonly currency: string;
  readonly year: number;
  readonly price: "purchaser" | "producer";
}

/** One of the publisher's files that a set was made from. */
export interface FactorSetFile {
  readonly name: string;
  /** In hex. */
  readonly sha256: string;
}

/** A version of a set of emission factors as the factors log has it. Its rows are apart, under `rowsRoot`. */
export interface FactorSet {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly publisher: string;
  /** DOI or URL, or a citation, of what was imported. */
  readonly source: string;
  /** SHA-256 of the publisher's original file, in hex. */
  readonly sha256?: string;
  /** Every file of the publisher's that the set was made from, where they are several; `sha256` is the first one's. */
  readonly files?: readonly FactorSetFile[];
  readonly licence: string;
  /** Whether that licence lets the rows be passed on. */
  readonly redistribution: boolean;
  /** What the licence asks to be said wherever the rows are. */
  readonly attribution?: string;
  /** "mixed" where the rows' publishers used different sets. */
  readonly gwpSet: GwpSet | "mixed";
  /** Required where any row is per USD. */
  readonly priceBasis?: PriceBasis;
  readonly publishedOn: string;
  readonly validFrom: string;
  /** Last day of validity. */
  readonly validTo?: string;
  /** Version of the same set that this one replaces. */
  readonly supersedes?: string;
  readonly rowCount: number;
  /** Base64 of the RFC 6962 root over `factorRowBytes` of the rows in the order of their keys. */
  readonly rowsRoot: string;
}

/** Most rows in a set. */
export const MAX_FACTOR_ROWS = 100_000;

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, "not SHA-256 in hex");

const factorSetSchema: z.ZodType<FactorSet> = z
  .strictObject({
    id: slug,
    version,
    title: line(200),
    publisher: line(200),
    source: line(500),
    sha256: sha256Hex.exactOptional(),
    files: z
      .array(z.strictObject({ name: line(200), sha256: sha256Hex }))
      .min(2)
      .max(16)
      .exactOptional(),
    licence: line(200),
    redistribution: z.boolean(),
    attribution: line(500).exactOptional(),
    gwpSet: z.enum(["AR4", "AR5", "AR6", "mixed"]),
    priceBasis: z.strictObject({ currency, year, price: z.enum(["purchaser", "producer"]) }).exactOptional(),
    publishedOn: date,
    validFrom: date,
    validTo: date.exactOptional(),
    supersedes: version.exactOptional(),
    rowCount: z.int().min(1).max(MAX_FACTOR_ROWS),
    rowsRoot: hash32,
  })
  .refine((set) => set.validTo === undefined || set.validFrom <= set.validTo, {
    path: ["validTo"],
    message: "ends before it starts",
  })
  .refine((set) => set.files === undefined || set.files[0]?.sha256 === set.sha256, {
    path: ["files"],
    message: "the first file is not the one that sha256 names",
  })
  .refine((set) => set.supersedes !== set.version, { path: ["supersedes"], message: "supersedes itself" });

/** @throws FACTOR_SET_INVALID */
export function parseFactorSet(value: unknown): FactorSet {
  return parseOr(factorSetSchema, value, (issues) => contractError("FACTOR_SET_INVALID", { issues }));
}

/** Rows in the order that a set's root is over: by key, in code unit order. */
export function sortRows(rows: readonly FactorRow[]): FactorRow[] {
  return [...rows].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** The root over rows in the order given: 32 bytes. */
export function rowsRoot(rows: readonly FactorRow[]): Uint8Array {
  return merkleRoot(rows.map((row) => hashLeaf(factorRowBytes(row))));
}

/**
 * Checks a whole set against its own declaration: count, keys sorted and unique, price basis, root.
 * @throws FACTOR_SET_INVALID
 */
export function checkFactorRows(set: FactorSet, rows: readonly FactorRow[]): void {
  const issues: Finding[] = [];
  if (rows.length !== set.rowCount) {
    issues.push(finding("rowCount", "row-count", `${rows.length} rows, ${set.rowCount} declared`));
  }
  for (const [at, row] of rows.entries()) {
    const previous = rows[at - 1];
    if (previous !== undefined && previous.key >= row.key) {
      issues.push(finding(`rows.${at}.key`, "key-order", `${row.key} does not come after ${previous.key}`));
    }
    if (isMoneyDenominator(row.denominator) && row.denominator !== set.priceBasis?.currency) {
      issues.push(
        finding(`rows.${at}.denominator`, "price-basis", `${row.key} is per ${row.denominator} of no stated year`),
      );
    }
    if (row.change !== undefined && set.supersedes === undefined) {
      issues.push(
        finding(`rows.${at}.change`, "change", `${row.key} differs from a version that the set does not name`),
      );
    }
    if (issues.length >= MAX_REPORTED) break;
  }
  if (issues.length === 0 && encodeBase64(rowsRoot(rows)) !== set.rowsRoot) {
    issues.push(finding("rowsRoot", "rows-root", "the rows do not have the declared root"));
  }
  if (issues.length > 0) throw contractError("FACTOR_SET_INVALID", { issues });
}

const MAX_REPORTED = 20;

/**
 * Shows that a row stands at an index of a set, by an inclusion proof under the set's root.
 * @throws FACTOR_ROW_UNPROVEN
 */
export function verifyFactorRow(set: FactorSet, row: FactorRow, index: number, proof: readonly Uint8Array[]): void {
  try {
    verifyInclusion(hashLeaf(factorRowBytes(row)), index, set.rowCount, proof, decodeBase64(set.rowsRoot));
  } catch (cause) {
    if (!isTallyError(cause)) throw cause;
    throw contractError("FACTOR_ROW_UNPROVEN", { set: `${set.id}@${set.version}`, key: row.key, index }, { cause });
  }
}
