import {
  checkFootprint,
  compare,
  type Finding,
  formatExact,
  type ProductFootprint,
  parseDecimal,
  parsePactDecimal,
  sum,
  unitOf,
  ZERO,
} from "@tallystick/contracts";
import { decodeUtf8, isTallyError } from "@tallystick/proto";
import { z } from "zod";
import { nodeError } from "../../errors.ts";
import { periodKey, siteKey } from "../inventory/product-key.ts";
import { parseJson } from "../parse-json.ts";
import { footprintsOfCsv } from "./publication-csv.ts";
import { type PublicationLine, publicationLineSchema } from "./publication-line.ts";

/** What a product was made of: bought from a supplier whose footprint this node holds. */
export interface PublicationInput {
  readonly productId: string;
  /** Decimal text above 0, per declared unit of the product. */
  readonly qty: string;
  readonly unit: string;
}

/** One footprint to publish, with what stays hidden from buyers: inputs and detail lines. */
export interface PublicationItem {
  readonly footprint: ProductFootprint;
  readonly inputs: readonly PublicationInput[];
  readonly lines: readonly PublicationLine[];
  /**
   * False: the uncertainty that the node adds names no entry of a supplier, and buyers cannot tell from it who the suppliers are.
   * Absent: it does, so that what several suppliers of a buyer share is known to be shared.
   */
  readonly nameSuppliers?: false;
  readonly warnings: readonly Finding[];
}

/** 16 MiB, 10,000 footprints. */
export const PUBLICATION_LIMITS: { readonly fileBytes: number; readonly items: number } = {
  fileBytes: 16 * 1024 * 1024,
  items: 10_000,
};
/** At most this many issues are reported of one file. */
const REPORTED_ISSUES = 100;

export interface PublicationIssue {
  readonly item: string;
  readonly path: string;
  readonly message: string;
}

/** A document as a file has it, before it is checked. `item` says which, for messages. */
export interface RawItem {
  readonly item: string;
  readonly footprint: unknown;
  readonly inputs: unknown;
  readonly lines: unknown;
  readonly nameSuppliers?: unknown;
  /** What was wrong before it became a document. */
  readonly faults: readonly Omit<PublicationIssue, "item">[];
}

const inputsSchema = z
  .array(
    z.strictObject({
      productId: z.string().min(1).max(256),
      qty: z.string().refine((text) => holds(() => compare(parseDecimal(text), ZERO) > 0), "not a decimal above 0"),
      unit: z.string().refine((code) => holds(() => unitOf(code) !== undefined), "not a known, unambiguous unit"),
    }),
  )
  .max(500);
const linesSchema = z.array(publicationLineSchema).max(500);

/**
 * Reads a file of footprints: CSV by its name's ending, else PACT v3 JSON (docs/publication-files.md). All of it is checked
 * before any of it is used.
 *
 * @throws FILE_TOO_LARGE, PUBLICATION_TOO_LARGE, PUBLICATION_INVALID with every issue found, at most 100
 */
export function parsePublication(name: string, content: Uint8Array): readonly PublicationItem[] {
  const { fileBytes, items: maxItems } = PUBLICATION_LIMITS;
  if (content.length > fileBytes) {
    throw nodeError("FILE_TOO_LARGE", { path: name, sizeBytes: content.length, maxBytes: fileBytes });
  }
  const raw = readItems(name, content);
  if (raw.length > maxItems) throw nodeError("PUBLICATION_TOO_LARGE", { file: name, items: raw.length, maxItems });
  const issues: PublicationIssue[] = [];
  const items: PublicationItem[] = [];
  const seen = new Map<string, string>();
  for (const one of raw) {
    if (issues.length >= REPORTED_ISSUES) break;
    const item = checkItem(one, issues);
    if (item === undefined) continue;
    refuseRepeated(nameOf(one), item.footprint, seen, issues);
    items.push(item);
  }
  if (raw.length === 0) issues.push({ item: "", path: "", message: "no footprint in it" });
  if (issues.length > 0)
    throw nodeError("PUBLICATION_INVALID", { file: name, issues: issues.slice(0, REPORTED_ISSUES) });
  return items;
}

function readItems(name: string, content: Uint8Array): readonly RawItem[] {
  const refuse = (message: string): Error =>
    nodeError("PUBLICATION_INVALID", { file: name, issues: [{ item: "", path: "", message }] });
  let text: string;
  try {
    text = decodeUtf8(content).replace(/^\ufeff/, "");
  } catch {
    // The only fault there can be is the encoding.
    throw refuse("not UTF-8");
  }
  if (name.toLowerCase().endsWith(".csv")) return footprintsOfCsv(text, refuse);
  let document: unknown;
  try {
    document = parseJson(text);
  } catch (error) {
    throw refuse(`not JSON: ${error instanceof Error ? error.message : "unreadable"}`);
  }
  const list = Array.isArray(document)
    ? document
    : isObject(document) && Array.isArray(document.data)
      ? document.data
      : [document];
  return list.map((value: unknown, at): RawItem => {
    const item = `#${at + 1}`;
    if (!isObject(value) || !("footprint" in value)) {
      return { item, footprint: value, inputs: [], lines: [], faults: [] };
    }
    const { footprint, inputs = [], lines = [], nameSuppliers, ...others } = value;
    const faults = Object.keys(others).map((key) => ({ path: key.slice(0, 64), message: "unknown beside footprint" }));
    return { item, footprint, inputs, lines, nameSuppliers, faults };
  });
}

function checkItem(raw: RawItem, issues: PublicationIssue[]): PublicationItem | undefined {
  const item = nameOf(raw);
  const before = issues.length;
  const report = (path: string, message: string): void => void issues.push({ item, path, message });
  for (const { path, message } of raw.faults) report(path, message);
  const inputs = inputsSchema.safeParse(raw.inputs);
  const lines = linesSchema.safeParse(raw.lines);
  for (const [at, { error }] of [
    ["inputs", inputs],
    ["lines", lines],
  ] as const) {
    for (const issue of error?.issues ?? []) report([at, ...issue.path].join("."), issue.message);
  }
  for (const [at, { input }] of (lines.data ?? []).entries()) {
    if (input === undefined || inputs.data?.some(({ productId }) => productId === input) !== false) continue;
    report(`lines.${at}.input`, "not the product of an input");
  }
  const { nameSuppliers = true } = raw;
  if (typeof nameSuppliers !== "boolean") report("nameSuppliers", "neither true nor false");
  try {
    const { footprint, warnings } = checkFootprint(raw.footprint);
    if (inputs.data === undefined || lines.data === undefined || issues.length > before) return undefined;
    const fault = sumFault(footprint, lines.data);
    if (fault !== undefined) report("lines", fault);
    const unnamed = nameSuppliers === false ? { nameSuppliers: false as const } : {};
    return { footprint, inputs: inputs.data, lines: lines.data, ...unnamed, warnings };
  } catch (error) {
    if (!isTallyError(error, "FOOTPRINT_INVALID")) throw error;
    const { issues: found } = error.details as { issues: readonly Finding[] };
    for (const { path, rule, message } of found) report(path, `${message} (${rule})`);
    return undefined;
  }
}

/** An assurer would refuse lines that do not add up, and nobody else would see it: so it is said here. */
function sumFault({ pcf }: ProductFootprint, lines: readonly PublicationLine[]): string | undefined {
  const total = parsePactDecimal(pcf.pcfExcludingBiogenicUptake);
  const summed = sum(lines.map(({ kgCo2e }) => parseDecimal(kgCo2e)));
  if (lines.length === 0 || compare(total, summed) === 0) return undefined;
  return `add up to ${formatExact(summed)}, pcfExcludingBiogenicUptake is ${formatExact(total)}`;
}

/** One product, site and period has one live footprint (docs/protocol.md, LEAF-4). */
function refuseRepeated(
  item: string,
  footprint: ProductFootprint,
  seen: Map<string, string>,
  issues: PublicationIssue[],
): void {
  const where = JSON.stringify([periodKey(footprint), siteKey(footprint)]);
  for (const productId of footprint.productIds) {
    const key = `${where} ${productId}`;
    const first = seen.get(key);
    if (first !== undefined) {
      const message = `${productId} stands in this file twice for the same period and place, first at ${first}`;
      issues.push({ item, path: "productIds", message });
    }
    seen.set(key, first ?? item);
  }
}

function nameOf({ item, footprint }: RawItem): string {
  const [productId] = isObject(footprint) && Array.isArray(footprint.productIds) ? footprint.productIds : [];
  return typeof productId === "string" ? `${item} ${productId.slice(0, 128)}` : item;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What `check` says; false where it refuses. */
function holds(check: () => boolean): boolean {
  try {
    return check();
  } catch (error) {
    if (isTallyError(error)) return false;
    throw error;
  }
}
