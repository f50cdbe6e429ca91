import { formatNanoKg } from "@tallystick/contracts";
import {
  canonicalJson,
  encodeBase64,
  hashLeaf,
  isTallyError,
  type JsonObject,
  merkleRoot,
  sha256,
  utf8Encode,
} from "@tallystick/proto";
import { z } from "zod";
import { DIFF_CAUSES, type InventoryDifference } from "../inventory/diff-inventories.ts";
import type { InventoryDocument } from "../inventory/inventory-document.ts";
import type { InventoryPolicy } from "../inventory/inventory-policy.ts";
import { type LineFigure, lineFigureSchema, nanoOf } from "../inventory/line-figure.ts";
import type { Period } from "../inventory/period.ts";
import { closingError } from "./closing-errors.ts";
import type { ReportingPolicy } from "./reporting-policy.ts";

/** A log as it stood: base64 root over its first `size` entries. */
export interface LogPin {
  readonly origin: string;
  readonly size: number;
  readonly root: string;
}

/** Everything that a report's figures follow from, named so that it cannot be exchanged. */
export interface ReportPins {
  /** How many versions of ledger lines were known. */
  readonly ledgerVersions: number;
  /** Root over the JCS of the report's lines in the order of their ids, RFC 6962. */
  readonly linesRoot: string;
  readonly lineCount: number;
  /** This node's journal: the verdicts that let evidence count. */
  readonly journal: LogPin;
  /** The registry's logs. */
  readonly registry: readonly LogPin[];
  readonly factorSets: readonly { readonly id: string; readonly version: string; readonly rowsRoot: string }[];
  readonly rates?: { readonly id: string; readonly version: string };
  readonly policy: InventoryPolicy;
  readonly reporting: ReportingPolicy;
  readonly engine: string;
}

/** What changed since the report before. */
export interface ReportChange {
  /** Digest of the report that this one takes the place of. */
  readonly restates: string;
  readonly reason: string;
  readonly deltaKgCo2e: string;
  /** Of the earlier total, six decimals, rounded down; absent where that was zero. */
  readonly share?: string;
  readonly material: boolean;
  readonly byCause: InventoryDifference["byCause"];
}

/** An inventory of a period, frozen. */
export interface InventoryReport {
  readonly v: 1;
  readonly member: string;
  readonly memberName: string;
  readonly period: Period;
  /** 0 for the first report of a period; each restatement is the next. */
  readonly number: number;
  /** RFC 3339, by the node's clock. */
  readonly preparedAt: string;
  readonly change?: ReportChange;
  readonly figures: InventoryDocument;
  readonly pins: ReportPins;
}

const logPin = z.strictObject({ origin: z.string(), size: z.int().min(0), root: z.string() });
const document = z.record(z.string(), z.json());

/** Shape only: that a report is whole is `checkReport`'s to say. */
const reportSchema = z.strictObject({
  v: z.literal(1),
  member: z.string(),
  memberName: z.string(),
  period: z.strictObject({ name: z.string(), start: z.string(), end: z.string() }),
  number: z.int().min(0),
  preparedAt: z.string(),
  change: z
    .strictObject({
      restates: z.string(),
      reason: z.string(),
      deltaKgCo2e: z.string(),
      share: z.string().exactOptional(),
      material: z.boolean(),
      byCause: z.partialRecord(z.enum(DIFF_CAUSES), z.strictObject({ lines: z.int(), deltaKgCo2e: z.string() })),
    })
    .exactOptional(),
  figures: document,
  pins: z.strictObject({
    ledgerVersions: z.int().min(0),
    linesRoot: z.string(),
    lineCount: z.int().min(0),
    journal: logPin,
    registry: z.array(logPin),
    factorSets: z.array(z.strictObject({ id: z.string(), version: z.string(), rowsRoot: z.string() })),
    rates: z.strictObject({ id: z.string(), version: z.string() }).exactOptional(),
    policy: document,
    reporting: document,
    engine: z.string(),
  }),
});

/** A report with the line figures that its root is over. */
export interface ReportWithLines {
  readonly report: InventoryReport;
  readonly lines: readonly LineFigure[];
}

/** What signatures are over: base64 SHA-256 of the report's JCS. */
export function reportDigest(report: InventoryReport): string {
  return encodeBase64(sha256(utf8Encode(canonicalJson(report as unknown as JsonObject))));
}

/** Root over the lines in the order of their ids: base64. */
export function linesRoot(lines: readonly LineFigure[]): string {
  return encodeBase64(
    merkleRoot(lines.map((line) => hashLeaf(utf8Encode(canonicalJson(line as unknown as JsonObject))))),
  );
}

/**
 * A report as it was stored or received, checked against itself: its lines have its root, and they add up to its total.
 * @throws REPORT_INVALID
 */
export function checkReport(value: unknown): ReportWithLines {
  const parsed = z.strictObject({ report: reportSchema, lines: z.array(lineFigureSchema) }).safeParse(value);
  if (!parsed.success) throw invalid("not a report and its lines");
  const { report, lines } = parsed.data as unknown as ReportWithLines;
  if (lines.length !== report.pins.lineCount || linesRoot(lines) !== report.pins.linesRoot) {
    throw invalid("the lines are not those that the report was made of");
  }
  // An id that came twice would count twice.
  if (lines.some(({ id }, at) => at > 0 && id <= (lines[at - 1]?.id ?? "")))
    throw invalid("its lines are not in the order of their ids");
  requireSums(report, lines);
  const { period, figures, pins } = report;
  const { id, version } = pins.policy;
  const sameAsFigures =
    canonicalJson({ ...figures.period }) === canonicalJson({ ...period }) &&
    figures.generatedFrom?.policy?.id === id &&
    figures.generatedFrom.policy.version === version;
  if (!sameAsFigures) throw invalid("its figures are of another period or another policy");
  return { report, lines };
}

/** The figures of a report that follow from its lines are as the lines have them. */
function requireSums({ figures }: InventoryReport, lines: readonly LineFigure[]): void {
  const byCategory = new Map<string, bigint>();
  let total = 0n;
  for (const line of lines) {
    const nano = nanoOfReported(line);
    total += nano;
    byCategory.set(String(line.category), (byCategory.get(String(line.category)) ?? 0n) + nano);
  }
  const requireSum = (what: string, stated: unknown, nano: bigint): void => {
    const sum = formatNanoKg(nano);
    if (stated !== sum) throw invalid(`the lines of ${what} add up to ${sum}, not ${String(stated)}`);
  };
  requireSum("the report", figures.totalKgCo2e, total);
  const stated = figures.byCategory ?? {};
  for (const category of new Set([...byCategory.keys(), ...Object.keys(stated)])) {
    requireSum(`category ${category}`, stated[category] ?? formatNanoKg(0n), byCategory.get(category) ?? 0n);
  }
}

function nanoOfReported(line: LineFigure): bigint {
  try {
    return nanoOf(line);
  } catch (cause) {
    if (!isTallyError(cause)) throw cause;
    throw closingError("REPORT_INVALID", { reason: `the figure of line ${line.id} is none` }, { cause });
  }
}

const invalid = (reason: string): Error => closingError("REPORT_INVALID", { reason });
