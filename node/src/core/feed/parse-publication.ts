import {
  checkFootprint,
  type DetailLine,
  detailLineSchema,
  type Finding,
  type ProductFootprint,
  parseDecimal,
  unitOf,
} from "@tallystick/contracts";
import { decodeUtf8, isTallyError } from "@tallystick/proto";
import { z } from "zod";
import { nodeError } from "../../errors.ts";
import { footprintsOfCsv } from "./publication-csv.ts";

/** What a product was made of: bought from a supplier whose footprint this node holds. */
export interface PublicationInput {
  readonly productId: string;
  /** Decimal text, per declared unit of the product. */
  readonly qty: string;
  readonly unit: string;
}

/** One footprint to publish, with what stays hidden from buyers: inputs and detail lines. */
export interface PublicationItem {
  readonly footprint: ProductFootprint;
  readonly inputs: readonly PublicationInput[];
  readonly lines: readonly DetailLine[];
  readonly warnings: readonly Finding[];
}

export const PUBLICATION_LIMITS: { readonly fileBytes: number; readonly items: number } = {
  fileBytes: 64 * 1024 * 1024,
  items: 100_000,
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
}

const inputsSchema = z
  .array(
    z.strictObject({
      productId: z.string().min(1).max(256),
      qty: z.string().refine((text) => holds(() => parseDecimal(text)), "not a decimal"),
      unit: z.string().refine((code) => holds(() => unitOf(code)), "not a known, unambiguous unit"),
    }),
  )
  .max(500);
const linesSchema = z.array(detailLineSchema).max(500);

/**
 * Reads a file of footprints: CSV by its name's ending, else PACT v3 JSON (docs/publication-files.md). All of it is checked
 * before any of it is used.
 *
 * @throws FILE_TOO_LARGE, PUBLICATION_TOO_LARGE, PUBLICATION_INVALID with every issue found
 */
export function parsePublication(name: string, content: Uint8Array): readonly PublicationItem[] {
  const { fileBytes, items: maxItems } = PUBLICATION_LIMITS;
  if (content.length > fileBytes) {
    throw nodeError("FILE_TOO_LARGE", { path: name, sizeBytes: content.length, maxBytes: fileBytes });
  }
  const raw = readItems(name, content);
  if (raw.length > maxItems) throw nodeError("PUBLICATION_TOO_LARGE", { file: name, items: raw.length, maxItems });
  const issues: PublicationIssue[] = [];
  const seen = new Set<string>();
  const items = raw.flatMap((one) => {
    const item = checkItem(one, issues);
    if (item === undefined) return [];
    const { productIds, pcf } = item.footprint;
    const key = JSON.stringify([productIds, pcf.referencePeriodStart, pcf.referencePeriodEnd]);
    if (seen.has(key))
      issues.push({ item: one.item, path: "", message: "the same product and period stand twice in this file" });
    seen.add(key);
    return [item];
  });
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
    document = JSON.parse(text);
  } catch (error) {
    throw refuse(`not JSON: ${error instanceof Error ? error.message : "unreadable"}`);
  }
  const list = Array.isArray(document)
    ? document
    : isObject(document) && Array.isArray(document.data)
      ? document.data
      : [document];
  return list.map((value: unknown, at) => {
    const wrapped = isObject(value) && "footprint" in value;
    const unknown = wrapped ? Object.keys(value).filter((key) => !["footprint", "inputs", "lines"].includes(key)) : [];
    if (unknown.length > 0) throw refuse(`unknown member ${unknown.join(", ")} beside footprint`);
    return {
      item: `#${at + 1}`,
      footprint: wrapped ? value.footprint : value,
      inputs: wrapped ? (value.inputs ?? []) : [],
      lines: wrapped ? (value.lines ?? []) : [],
    };
  });
}

function checkItem(raw: RawItem, issues: PublicationIssue[]): PublicationItem | undefined {
  const item = nameOf(raw);
  const before = issues.length;
  const inputs = inputsSchema.safeParse(raw.inputs);
  const lines = linesSchema.safeParse(raw.lines);
  for (const [at, parsed] of [
    ["inputs", inputs],
    ["lines", lines],
  ] as const) {
    for (const issue of parsed.error?.issues ?? []) {
      issues.push({ item, path: [at, ...issue.path].join("."), message: issue.message });
    }
  }
  try {
    const { footprint, warnings } = checkFootprint(raw.footprint);
    if (issues.length > before) return undefined;
    return { footprint, inputs: inputs.data ?? [], lines: lines.data ?? [], warnings };
  } catch (error) {
    if (!isTallyError(error, "FOOTPRINT_INVALID")) throw error;
    const { issues: found } = error.details as { issues: readonly Finding[] };
    for (const { path, rule, message } of found) issues.push({ item, path, message: `${message} (${rule})` });
    return undefined;
  }
}

function nameOf({ item, footprint }: RawItem): string {
  const [productId] = isObject(footprint) && Array.isArray(footprint.productIds) ? footprint.productIds : [];
  return typeof productId === "string" ? `${item} ${productId.slice(0, 128)}` : item;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function holds(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (isTallyError(error)) return false;
    throw error;
  }
}
