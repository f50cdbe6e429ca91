import type { InventoryDifference } from "../inventory/diff-inventories.ts";
import type { Inventory, InventoryInput } from "../inventory/inventory.ts";
import { toInventoryDocument } from "../inventory/inventory-document.ts";
import { toLineFigure } from "../inventory/line-figure.ts";
import type { Period } from "../inventory/period.ts";
import { closingError } from "./closing-errors.ts";
import {
  type InventoryReport,
  type LogPin,
  linesRoot,
  type ReportChange,
  type ReportWithLines,
} from "./inventory-report.ts";
import type { ReportingPolicy } from "./reporting-policy.ts";

/** Lines named in a refusal; the rest are counted. */
const NAMED_LINES = 20;

/** What a report is made from, beside the inventory itself. */
export interface ReportContext {
  readonly member: string;
  readonly memberName: string;
  readonly period: Period;
  readonly number: number;
  readonly preparedAt: string;
  readonly ledgerVersions: number;
  readonly journal: LogPin;
  readonly registry: readonly LogPin[];
  readonly reporting: ReportingPolicy;
  readonly engine: string;
  readonly change?: ReportChange;
}

/**
 * Freezes an inventory of a period as a report, or says why it must not be.
 * @throws PERIOD_UNSAFE, PERIOD_PROVISIONAL, PERSONS_MISSING
 */
export function buildReport(inventory: Inventory, input: InventoryInput, context: ReportContext): ReportWithLines {
  requireClosable(inventory, input, context);
  const { ledgerVersions, journal, registry, reporting, engine, change, ...head } = context;
  const lines = inventory.lines.map(toLineFigure);
  const { rates, tables } = input.factors;
  const report: InventoryReport = {
    v: 1,
    ...head,
    ...(change === undefined ? {} : { change }),
    figures: toInventoryDocument(inventory),
    pins: {
      ledgerVersions,
      linesRoot: linesRoot(lines),
      lineCount: lines.length,
      journal,
      registry,
      factorSets: tables.map(({ set: { id, version, rowsRoot } }) => ({ id, version, rowsRoot })),
      ...(rates === undefined ? {} : { rates: { id: rates.id, version: rates.version } }),
      policy: input.policy,
      reporting,
      engine,
    },
  };
  return { report, lines };
}

function requireClosable(
  inventory: Inventory,
  { registryStale }: InventoryInput,
  { period: { name: period }, reporting, change }: ReportContext,
): void {
  const { persons, signatures: needed } = reporting;
  if (persons.length < needed) throw closingError("PERSONS_MISSING", { named: persons.length, needed });
  if (registryStale) throw closingError("PERIOD_UNSAFE", { period, reason: "registry-stale" });
  // A report may be restated to nothing: all its lines were of another period.
  if (inventory.lines.length === 0 && change === undefined)
    throw closingError("PERIOD_UNSAFE", { period, reason: "no-lines" });
  const provisional = inventory.lines.filter(
    ({ match }) =>
      match.kind === "counted" && match.evidence.method === "supplier-specific" && !match.evidence.item.final,
  );
  if (provisional.length === 0) return;
  const lines = provisional.slice(0, NAMED_LINES).map(({ line }) => line.id);
  throw closingError("PERIOD_PROVISIONAL", { period, lines, lineCount: provisional.length });
}

/** What a restatement says of itself. */
export function changeOf(
  restates: string,
  reason: string,
  drift: { readonly difference: InventoryDifference; readonly share?: string; readonly material: boolean },
): ReportChange {
  const { difference, share, material } = drift;
  const { deltaKgCo2e, byCause } = difference;
  return { restates, reason, deltaKgCo2e, ...(share === undefined ? {} : { share }), material, byCause };
}
