import { describe, expect, it } from "vitest";
import { computeInventory } from "../inventory/compute-inventory.ts";
import { BASIS, footprint, item, line } from "../inventory/inventory.fixture.ts";
import type { InventoryInput } from "../inventory/inventory.ts";
import { parsePeriod } from "../inventory/period.ts";
import { buildReport, type ReportContext } from "./build-report.ts";
import { checkReport } from "./inventory-report.ts";
import { DEFAULT_REPORTING_POLICY, type Person } from "./reporting-policy.ts";

const persons: Person[] = ["alice", "bob"].map((name) => ({
  name,
  kid: `did:web:buyer.example#person-${name}`,
  key: name,
}));
const PERIOD = parsePeriod("2024");
const CONTEXT: ReportContext = {
  member: "did:web:buyer.example",
  memberName: "Buyer",
  period: PERIOD,
  number: 0,
  preparedAt: "2025-02-01T00:00:00Z",
  ledgerVersions: 2,
  journal: { origin: "buyer.example/feed/journal", size: 1, root: "" },
  registry: [],
  reporting: { ...DEFAULT_REPORTING_POLICY, persons },
  engine: "tallystick 0.1.0",
};
const input = (changes: Partial<InventoryInput> = {}): InventoryInput => ({
  ...BASIS,
  period: PERIOD,
  ledger: [line("a"), line("b"), line("elsewhere", { date: "2025-01-01" })],
  evidence: [item(1, footprint("10"))],
  retractions: [],
  refused: [],
  faults: [],
  ...changes,
});
const build = (of: InventoryInput, context: ReportContext = CONTEXT) => buildReport(computeInventory(of), of, context);
const refusal = (code: string, details: object) =>
  expect.objectContaining({ code, details: expect.objectContaining(details) });

describe("buildReport", () => {
  it("holds the lines of the period, which add up to its total", () => {
    const { report, lines } = checkReport(JSON.parse(JSON.stringify(build(input()))));
    expect(report.figures.totalKgCo2e).toBe("200.000000000");
    expect(lines.map(({ id, evidence, final }) => [id, evidence, final])).toEqual([
      ["a", "casting.example/feed#1", true],
      ["b", "casting.example/feed#1", true],
    ]);
  });

  it("refuses lines whose evidence only its author signed for", () => {
    const provisional = input({ evidence: [item(1, footprint("10"), { final: false })] });
    expect(() => build(provisional)).toThrow(refusal("PERIOD_PROVISIONAL", { lines: ["a", "b"], lineCount: 2 }));
  });

  it("refuses to rest on an old copy of the registry", () => {
    expect(() => build(input({ registryStale: true }))).toThrow(refusal("PERIOD_UNSAFE", { reason: "registry-stale" }));
  });

  it("refuses a period without lines, and a company without persons who could sign", () => {
    expect(() => build(input({ ledger: [] }))).toThrow(refusal("PERIOD_UNSAFE", { reason: "no-lines" }));
    const nobody = { ...CONTEXT, reporting: DEFAULT_REPORTING_POLICY };
    expect(() => build(input(), nobody)).toThrow(refusal("PERSONS_MISSING", { named: 0, needed: 2 }));
  });

  it("is found out when a line or the total is changed afterwards", () => {
    const { report, lines } = build(input());
    const [first, ...rest] = lines;
    const altered = { report, lines: [{ ...first, kgCo2e: "99.000000000" }, ...rest] };
    expect(() => checkReport(altered)).toThrow(refusal("REPORT_INVALID", {}));
    const total = { report: { ...report, figures: { ...report.figures, totalKgCo2e: "1.000000000" } }, lines };
    expect(() => checkReport(total)).toThrow(refusal("REPORT_INVALID", {}));
    expect(() => checkReport({ report, lines: rest })).toThrow(refusal("REPORT_INVALID", {}));
  });
});
