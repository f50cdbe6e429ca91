import type { InventoryDocument } from "../core/inventory/inventory-document.ts";
import { readable, table } from "./render-table.ts";

/** Names of the fifteen categories (GHG Protocol, Corporate Value Chain Standard, table 5.3). */
const CATEGORY_NAMES: readonly string[] = [
  "purchased goods and services",
  "capital goods",
  "fuel- and energy-related activities",
  "upstream transportation and distribution",
  "waste generated in operations",
  "business travel",
  "employee commuting",
  "upstream leased assets",
  "downstream transportation and distribution",
  "processing of sold products",
  "use of sold products",
  "end-of-life treatment of sold products",
  "downstream leased assets",
  "franchises",
  "investments",
];

const percent = (share: string): string => `${(Number(share) * 100).toFixed(1)} %`;

/** The inventory as a person reads it in a terminal. Figures are cut to grams; --json has every digit. */
export function renderInventory(document: InventoryDocument): string {
  const categories = Object.entries(document.byCategory).map(
    ([id, kg]) => [`${id.padStart(2)} ${CATEGORY_NAMES[Number(id) - 1] ?? "unknown"}`, readable(kg)] as const,
  );
  const suppliers = Object.entries(document.bySupplier)
    .sort(([, a], [, b]) => Number(b) - Number(a))
    .map(([supplier, kg]) => [supplier, readable(kg)] as const);
  const { unsupported, ...methods } = document.byMethod;
  const byMethod = Object.entries(methods)
    .filter(([, { lines }]) => lines > 0)
    .map(([method, { lines, kgCo2e }]) => [`${method} (${lines} lines)`, readable(kgCo2e)] as const);
  const { coverage, confidence, attestations, period } = document;
  return [
    ...(period === undefined ? [] : [`${period.name}: ${period.start} to ${period.end}`]),
    `Scope 3 total: ${readable(document.totalKgCo2e)} kg CO2e`,
    `  final ${readable(document.finalKgCo2e)}, provisional ${readable(document.provisionalKgCo2e)}`,
    ...(document.attestations.covered === 0
      ? []
      : [
          `  covered ${readable(document.coveredKgCo2e)}: the signatures of ${document.attestations.covered} attestations are yet to be checked`,
        ]),
    "by category",
    ...table(categories),
    "by supplier",
    ...table(suppliers),
    "by method",
    ...table([...byMethod, [`unsupported (${unsupported.lines} lines)`, "not counted"]]),
    "by global warming potentials",
    ...table(Object.entries(document.byGwp).map(([gwp, kg]) => [gwp, readable(kg)] as const)),
    ...renderGases(document.gases),
    ...renderApart(document.apart),
    `coverage: ${coverage.lines.counted} of ${coverage.lines.total} lines (${percent(coverage.lines.share)})` +
      (coverage.spend === undefined ? "" : `, ${percent(coverage.spend.share)} of spend`),
    `confidence: ${confidence.level}; ${percent(confidence.verifiedShare)} of the total rests on verified attestations` +
      (confidence.reasons.length === 0 ? "" : `; lowered by ${confidence.reasons.join(", ")}`),
    ...(document.warnings ?? []).map(
      ({ origin, code, size, sinceUnix }) =>
        `  doubtful: ${origin}, ${code} at ${size} entries since ${new Date(sinceUnix * 1000).toISOString()}`,
    ),
    ...renderUncertainty(document.uncertainty),
    `attestations: ${attestations.verified} verified, ${attestations.refused.length} refused`,
    ...attestations.refused.map(({ member, code, reason }) => `  refused ${member}: ${code} (${reason})`),
    ...document.faults.map(
      (fault) => `  FAULT ${fault.member}: ${fault.kind}, caught by ${fault.caughtBy} (${fault.detail})`,
    ),
  ].join("\n");
}

function renderGases(gases: InventoryDocument["gases"]): string[] {
  const rows = Object.entries(gases)
    .filter(([, { kgCo2e }]) => Number(kgCo2e) !== 0)
    .map(([gas, { kgCo2e }]) => [gas, readable(kgCo2e)] as const);
  return rows.length === 0 ? [] : ["by gas, of what is known by gas", ...table(rows)];
}

function renderApart({
  biogenicKgCo2,
  uptakeKgCo2,
  removalsInTotalKgCo2e,
  accounts,
}: InventoryDocument["apart"]): string[] {
  const rows = [
    ["CO2 of biomass, kg CO2", biogenicKgCo2] as const,
    ["CO2 taken up by biomass, kg CO2", uptakeKgCo2] as const,
    ...Object.entries(accounts),
  ].filter(([, kg]) => Number(kg) !== 0);
  return [
    ...(rows.length === 0
      ? []
      : ["beside the total, never netted with it", ...table(rows.map(([name, kg]) => [name, readable(kg)]))]),
    ...(Number(removalsInTotalKgCo2e) === 0
      ? []
      : [`removals that suppliers have in their figures, and so in the total: ${readable(removalsInTotalKgCo2e)}`]),
  ];
}

function renderUncertainty({
  spread,
  dominant,
  assumedShare,
  primaryDataShare,
}: InventoryDocument["uncertainty"]): string[] {
  if (spread === undefined) return [];
  const range = `${spread.low} to ${spread.high} kg CO2e with 95 % confidence`;
  return [
    `uncertainty: ${range}${spread.kind === "relative" ? ` (GSD² ${spread.gsd2})` : ""}; ` +
      `of ${percent(assumedShare)} of the emissions nothing is known, and the worst is assumed`,
    ...dominant.map(({ key, share }) => `  ${percent(share)} of it from ${key}`),
    `primary data: ${primaryDataShare ?? "0.00"} % of the emissions`,
  ];
}
