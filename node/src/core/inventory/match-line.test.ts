import { formatNanoKg } from "@tallystick/contracts";
import { describe, expect, it } from "vitest";
import { EvidenceIndex } from "./evidence-index.ts";
import { ACTIVITY, BASIS, CASTING, footprint, item, line, POLICY, SPEND, table } from "./inventory.fixture.ts";
import type { EvidenceItem, PassedOver, Retraction } from "./inventory.ts";
import type { InventoryPolicy } from "./inventory-policy.ts";
import type { LineMatch } from "./line-match.ts";
import { matchLine } from "./match-line.ts";

interface Setting {
  readonly evidence?: readonly EvidenceItem[];
  readonly retractions?: readonly Retraction[];
  readonly policy?: InventoryPolicy;
  readonly factors?: typeof BASIS.factors;
}

function match(of: ReturnType<typeof line>, setting: Setting = {}): LineMatch {
  const evidence = new EvidenceIndex();
  for (const retraction of setting.retractions ?? []) evidence.retract(retraction);
  for (const one of setting.evidence ?? []) evidence.add(one);
  return matchLine(of, { evidence, factors: setting.factors ?? BASIS.factors, policy: setting.policy ?? POLICY });
}

function figureOf(result: LineMatch): string {
  if (result.kind === "unsupported") return "unsupported";
  return `${result.evidence.method} ${formatNanoKg(result.calculation.nanoKgCo2e)}`;
}

const rulesOf = ({ passedOver }: LineMatch): readonly (string | undefined)[][] =>
  passedOver.map(({ method, candidate, rule }: PassedOver) => [method, candidate, rule]);

const ORIGIN = "casting.example/feed";

describe("matchLine", () => {
  it("takes a verified attestation of this supplier and product first", () => {
    const result = match(line("L1"), { evidence: [item(0, footprint("10"))] });
    expect(figureOf(result)).toBe("supplier-specific 100.000000000");
    expect(result.passedOver).toEqual([]);
  });

  it("knows a supplier by DID or by registered name, and by nothing else", () => {
    const evidence = [item(0, footprint("10"))];
    expect(figureOf(match(line("L1", { supplier: "Caster" }), { evidence }))).toBe("supplier-specific 100.000000000");
    const other = match(line("L1", { supplier: "Caster GmbH" }), { evidence });
    expect(figureOf(other)).toBe("average-data 120.000000000");
    expect(rulesOf(other)).toEqual([["supplier-specific", `${ORIGIN}#0`, "supplier-differs"]]);
  });

  it("falls back in the policy's order and names the rule that rejected each candidate [INV-3]", () => {
    const result = match(line("L1", { activity: undefined }), {
      evidence: [item(0, footprint("10", { status: "Deprecated" }))],
    });
    expect(figureOf(result)).toBe("spend-based 400.000000000");
    expect(rulesOf(result)).toEqual([
      ["supplier-specific", `${ORIGIN}#0`, "deprecated"],
      ["average-data", undefined, "activity-not-stated"],
    ]);
  });

  it("leaves a line without admissible evidence unsupported, and says why [INV-4]", () => {
    const result = match(line("L1", { productId: undefined, activity: undefined, naics: undefined }));
    expect(result.kind).toBe("unsupported");
    expect(rulesOf(result)).toEqual([
      ["supplier-specific", undefined, "product-not-stated"],
      ["average-data", undefined, "activity-not-stated"],
      ["spend-based", undefined, "naics-not-stated"],
    ]);
  });

  it.each([
    ["2023-12-31", "outside-validity"],
    ["2024-01-01", undefined],
    ["2026-12-31", undefined],
    ["2027-01-01", "outside-validity"],
  ])("counts inside the footprint's validity alone: %s", (date, rule) => {
    const policy: InventoryPolicy = { ...POLICY, methods: ["supplier-specific"] };
    const result = match(line("L1", { date }), { evidence: [item(0, footprint("10"))], policy });
    expect(result.kind).toBe(rule === undefined ? "counted" : "unsupported");
    expect(result.passedOver[0]?.rule).toBe(rule);
  });

  it("refuses a unit that does not convert, and one that means several things [INV-5]", () => {
    const policy: InventoryPolicy = { ...POLICY, methods: ["supplier-specific"] };
    const evidence = [item(0, footprint("10"))];
    const rule = (unit: string): string | undefined =>
      match(line("L1", { unit }), { evidence, policy }).passedOver[0]?.rule;
    expect(rule("m")).toBe("unit-incompatible");
    expect(rule("ton")).toBe("unit-ambiguous");
    expect(rule("crates")).toBe("unit-unknown");
  });

  it("counts provisional evidence only where the policy lets it", () => {
    const evidence = [item(0, footprint("10"), { final: false })];
    expect(figureOf(match(line("L1"), { evidence }))).toBe("supplier-specific 100.000000000");
    const strict = match(line("L1"), { evidence, policy: { ...POLICY, provisional: "refuse" } });
    expect(rulesOf(strict)).toEqual([["supplier-specific", `${ORIGIN}#0`, "provisional"]]);
  });

  it.each(["superseded", "revoked"] as const)("does not count what was %s", (kind) => {
    const evidence = [item(0, footprint("10"))];
    const retractions = [{ kind, origin: ORIGIN, targetIndex: 0, byIndex: 1 }];
    expect(rulesOf(match(line("L1"), { evidence, retractions }))).toEqual([["supplier-specific", `${ORIGIN}#0`, kind]]);
  });

  it("counts neither of two live footprints for one product, site and period [LEAF-4]", () => {
    const result = match(line("L1"), { evidence: [item(0, footprint("10")), item(1, footprint("11"))] });
    expect(figureOf(result)).toBe("average-data 120.000000000");
    expect(result.passedOver.map(({ rule }) => rule)).toEqual(["duplicate-live-footprint", "duplicate-live-footprint"]);
  });

  it("counts neither side of a forked entry", () => {
    const fork = item(0, footprint("11"), { ref: { origin: ORIGIN, index: 0, leaf: "another" } });
    const result = match(line("L1"), { evidence: [item(0, footprint("10")), fork] });
    expect(result.passedOver.map(({ rule }) => rule)).toEqual(["forked-entry", "forked-entry"]);
  });

  it("prefers the later reference period, whatever its place in the log", () => {
    const older = footprint(
      "9",
      {},
      { referencePeriodStart: "2022-01-01T00:00:00Z", referencePeriodEnd: "2023-01-01T00:00:00Z" },
    );
    for (const [first, second] of [
      [older, footprint("10")],
      [footprint("10"), older],
    ] as const) {
      const result = match(line("L1"), { evidence: [item(0, first), item(1, second)] });
      expect(figureOf(result)).toBe("supplier-specific 100.000000000");
      expect(result.passedOver.map(({ rule }) => rule)).toEqual(["better-period-or-product-key"]);
    }
  });

  it("breaks a tie by product keys", () => {
    const other = "urn:pact:casting.example:product-id:a-variant";
    const variant = footprint("11", { productIds: [other, CASTING] }, { geographyCountry: "FR" });
    const result = match(line("L1"), { evidence: [item(0, footprint("10")), item(1, variant)] });
    expect(figureOf(result)).toBe("supplier-specific 110.000000000");
  });

  it("does not choose a site that the line does not name", () => {
    const french = footprint("11", {}, { geographyCountry: "FR" });
    const result = match(line("L1"), { evidence: [item(0, footprint("10")), item(1, french)] });
    expect(figureOf(result)).toBe("average-data 120.000000000");
    expect(result.passedOver.map(({ rule, detail }) => [rule, detail])).toEqual([
      ["site-not-stated", "DE"],
      ["site-not-stated", "FR"],
    ]);
  });

  it("takes factors from the policy's sets in its order", () => {
    const rows = [...ACTIVITY.rows.values()].map(({ row }) => row).filter((row) => row.kind === "value");
    const better = table(
      "better",
      rows.map((row) => ({ ...row, value: "20" })),
    );
    const factors = { ...BASIS.factors, tables: [better, ACTIVITY, SPEND] };
    const setsOf = (...ids: readonly string[]) => ids.map((id) => ({ id, version: "2024.1.0" }));
    const under = (...ids: readonly string[]) =>
      match(line("L1"), { factors, policy: { ...POLICY, factorSets: setsOf(...ids) } });
    expect(figureOf(under("better", "activity"))).toBe("average-data 200.000000000");
    expect(figureOf(under("activity", "better"))).toBe("average-data 120.000000000");
    expect(figureOf(match(line("L1"), { factors }))).toBe("average-data 120.000000000");
  });

  it("refuses a factor that is a bound, a blank, of another unit or not valid on the day", () => {
    const rule = (activity: string, factors = BASIS.factors): readonly string[] =>
      match(line("L1", { activity, productId: undefined }), { factors })
        .passedOver.slice(1)
        .map((passed) => passed.rule);
    expect(rule("casting:small")).toEqual(["factor-is-bound"]);
    expect(rule("casting:blank")).toEqual(["factor-is-not-available"]);
    expect(rule("casting:kg")).toEqual(["unit-incompatible"]);
    expect(rule("331524")).toEqual(["factor-of-other-method"]);
    expect(rule("unheard-of")).toEqual(["no-factor"]);
    const late = table(
      "activity",
      [...ACTIVITY.rows.values()].map(({ row }) => row),
      { validFrom: "2024-03-02" },
    );
    expect(rule("casting:piece", { ...BASIS.factors, tables: [late, SPEND] })).toEqual(["step-not-allowed"]);
  });

  it("refuses a currency and year without a rate", () => {
    const result = match(line("L1", { productId: undefined, activity: undefined, currency: "SEK" }));
    expect(result.kind).toBe("unsupported");
    expect(result.passedOver.at(-1)).toMatchObject({
      method: "spend-based",
      candidate: "spend@2024.1.0#331524",
      rule: "rate-unknown",
    });
  });
});
