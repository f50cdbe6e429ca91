import {
  canonicalJson,
  encodeBase64url,
  type JsonObject,
  type PrivateKey,
  privateKeyFromSeed,
  sha256,
  utf8Encode,
} from "@tallystick/proto";
import { describe, expect, it } from "vitest";
import { computeInventory } from "../inventory/compute-inventory.ts";
import { BASIS, footprint, item, line } from "../inventory/inventory.fixture.ts";
import type { InventoryInput } from "../inventory/inventory.ts";
import { toLineFigure } from "../inventory/line-figure.ts";
import { parsePeriod } from "../inventory/period.ts";
import { buildReport, changeOf, type ReportContext } from "./build-report.ts";
import { type ReportWithLines, reportDigest } from "./inventory-report.ts";
import { vouchAnew, vouchFor } from "./member-vouch.ts";
import { type PeriodStatement, signStatement } from "./period-statement.ts";
import { DEFAULT_REPORTING_POLICY, type Person, type ReportingPolicy, reportingDigest } from "./reporting-policy.ts";
import { driftOf } from "./restatement.ts";
import type { SignedReport } from "./signed-report.ts";
import { verifyReport } from "./verify-report.ts";

const MEMBER = "did:web:buyer.example";
const keyOf = (name: string): PrivateKey => privateKeyFromSeed(sha256(utf8Encode(name)));
const person = (name: string): Person => ({
  name,
  kid: `${MEMBER}#person-${name}`,
  key: encodeBase64url(keyOf(name).publicKey.bytes),
});
const REPORTING: ReportingPolicy = { ...DEFAULT_REPORTING_POLICY, persons: ["alice", "bob", "carol"].map(person) };
const SELF = { did: MEMBER, kid: `${MEMBER}#attest-1`, key: keyOf("attest") };
const PERIOD = parsePeriod("2024");
const CONTEXT: ReportContext = {
  member: MEMBER,
  memberName: "Buyer",
  period: PERIOD,
  number: 0,
  preparedAt: "2025-02-01T00:00:00Z",
  ledgerVersions: 2,
  journal: { origin: "buyer.example/feed/journal", size: 1, root: "" },
  registry: [],
  reporting: REPORTING,
  engine: "tallystick 0.1.0",
};
const input = (...ids: readonly string[]): InventoryInput => ({
  ...BASIS,
  period: PERIOD,
  ledger: ids.map((id) => line(id)),
  evidence: [item(1, footprint("10"))],
  retractions: [],
  refused: [],
  faults: [],
});
const build = (of: InventoryInput, context: Partial<ReportContext> = {}): ReportWithLines =>
  JSON.parse(JSON.stringify(buildReport(computeInventory(of), of, { ...CONTEXT, ...context }))) as ReportWithLines;

const statementOf = ({ report }: ReportWithLines, changes: Partial<PeriodStatement> = {}): PeriodStatement =>
  ({
    v: 1,
    action: "close",
    member: report.member,
    period: report.period.name,
    start: report.period.start,
    end: report.period.end,
    number: report.number,
    report: reportDigest(report),
    reporting: reportingDigest(report.pins.reporting),
    ...changes,
  }) as PeriodStatement;

async function signed(
  whole: ReportWithLines,
  names: readonly string[] = ["alice", "bob"],
  statement = statementOf(whole),
): Promise<SignedReport> {
  const signatures = await Promise.all(names.map((name) => signStatement(statement, person(name).kid, keyOf(name))));
  return { ...whole, signatures, vouch: await vouchFor(statement, names.map(person), SELF) };
}

const attestKeyOf = (member: string, kid: string) =>
  member === MEMBER && kid === SELF.kid ? { key: SELF.key.publicKey } : undefined;
const FIRST = build(input("a", "b"));
const refusal = (code: string) => expect.objectContaining({ code });

describe("verifyReport", async () => {
  it("says what was reported, by whom it was signed, and what it does not show", async () => {
    const found = verifyReport(await signed(FIRST), { attestKeyOf });
    expect(found).toMatchObject({
      member: MEMBER,
      number: 0,
      totalKgCo2e: "200.000000000",
      lines: 2,
      digest: reportDigest(FIRST.report),
      signers: [{ name: "alice" }, { name: "bob" }],
      needed: 2,
    });
    expect(found.notChecked.map(({ what }) => what)).toEqual(["what the figures rest on"]);
    const unvouched = verifyReport(await signed(FIRST));
    expect(unvouched.notChecked.map(({ what }) => what)).toContain("that the persons sign for the member");
  });

  it("does not depend on how the file orders what it says", async () => {
    const reordered = JSON.parse(canonicalJson((await signed(FIRST)) as unknown as JsonObject)) as unknown;
    expect(verifyReport(reordered, { attestKeyOf })).toMatchObject({ totalKgCo2e: "200.000000000" });
  });

  const whole = await signed(FIRST);
  const [a, b] = FIRST.lines as [(typeof FIRST.lines)[0], (typeof FIRST.lines)[0]];
  const [byAlice = "", byBob = ""] = whole.signatures;
  const report = (changes: object) => ({ ...FIRST, report: { ...FIRST.report, ...changes } }) as ReportWithLines;
  const pins = (changes: object) => report({ pins: { ...FIRST.report.pins, ...changes } });
  const rules = (changes: object) => pins({ reporting: { ...REPORTING, ...changes } });

  it.each<[string, string, unknown]>([
    ["no report", "REPORT_INVALID", { report: 1 }],
    ["a line left out", "REPORT_INVALID", { ...whole, lines: [a] }],
    ["a line changed", "REPORT_INVALID", { ...whole, lines: [{ ...a, kgCo2e: "1.000000000" }, b] }],
    ["lines out of order", "REPORT_INVALID", { ...whole, lines: [b, a] }],
    [
      "another total",
      "REPORT_INVALID",
      { ...whole, ...report({ figures: { ...FIRST.report.figures, totalKgCo2e: "1.000000000" } }) },
    ],
    [
      "another sum of a category",
      "REPORT_INVALID",
      await signed(report({ figures: { ...FIRST.report.figures, byCategory: { 1: "1.000000000" } } })),
    ],
    ["a word changed after signing", "REPORT_INVALID", { ...whole, ...report({ memberName: "Somebody" }) }],
    [
      "signatures for another number",
      "REPORT_INVALID",
      await signed(FIRST, ["alice", "bob"], statementOf(FIRST, { number: 1 })),
    ],
    [
      "signatures for another period",
      "REPORT_INVALID",
      await signed(
        FIRST,
        ["alice", "bob"],
        statementOf(FIRST, { period: "2023", start: "2023-01-01", end: "2023-12-31" }),
      ),
    ],
    [
      "signatures that reopen",
      "REPORT_INVALID",
      await signed(FIRST, ["alice", "bob"], {
        ...statementOf(FIRST),
        action: "reopen",
        reason: "why not",
      } as PeriodStatement),
    ],
    [
      "signatures under other rules",
      "REPORT_INVALID",
      await signed(FIRST, ["alice", "bob"], statementOf(FIRST, { reporting: "another" })),
    ],
    ["one signature", "REPORT_SIGNATURES_MISSING", await signed(FIRST, ["alice"])],
    ["none", "REPORT_SIGNATURES_MISSING", await signed(FIRST, [])],
    ["one person twice", "REPORT_INVALID", { ...whole, signatures: [byAlice, byAlice] }],
    ["a person that the rules do not name", "PERSON_UNKNOWN", await signed(FIRST, ["alice", "mallory"])],
    ["a signature that is none", "SIGNATURE_INVALID", { ...whole, signatures: [byAlice, `${byBob.slice(0, -4)}AAAA`] }],
    ["rules with one signature", "REPORT_INVALID", await signed(rules({ signatures: 1 }), ["alice"])],
    [
      "rules that name one person twice",
      "REPORT_INVALID",
      await signed(rules({ persons: [person("alice"), { ...person("bob"), name: "Alice" }] })),
    ],
    ["persons of another member", "REPORT_INVALID", await signed(report({ member: "did:web:other.example" }))],
    ["no word of the member", "REPORT_INVALID", (({ vouch: _vouch, ...rest }) => rest)(whole)],
    [
      "a word of the member for other persons",
      "REPORT_INVALID",
      { ...whole, vouch: (await signed(FIRST, ["alice", "carol"])).vouch },
    ],
    [
      "a word of the member for another report",
      "REPORT_INVALID",
      { ...whole, vouch: (await signed(build(input("a")))).vouch },
    ],
    [
      "a word of somebody else",
      "KEY_UNKNOWN",
      {
        ...whole,
        vouch: await vouchFor(statementOf(FIRST), ["alice", "bob"].map(person), { ...SELF, kid: `${MEMBER}#other` }),
      },
    ],
    [
      "a word by another key",
      "SIGNATURE_INVALID",
      {
        ...whole,
        vouch: await vouchFor(statementOf(FIRST), ["alice", "bob"].map(person), { ...SELF, key: keyOf("mallory") }),
      },
    ],
  ])("refuses %s", (_what, code, value) => {
    expect(() => verifyReport(value, { attestKeyOf })).toThrow(refusal(code));
  });

  it("says what a vouch by a key that was replaced does not show, until the report is exported again [KEY-9]", async () => {
    const replaced = { key: SELF.key.publicKey, untilEntry: 7, endedUnix: 1_700_000_000 };
    const { notChecked } = verifyReport(whole, { attestKeyOf: () => replaced });
    expect(notChecked.find(({ what }) => what === "that the persons sign for the member")?.why).toContain(
      "was replaced at 2023-11-14T22:13:20",
    );
    const next = { did: MEMBER, kid: `${MEMBER}#attest-2`, key: keyOf("attest 2") };
    const vouch = await vouchAnew(whole.vouch as string, statementOf(FIRST), next);
    const keysOf = (_member: string, kid: string) => (kid === next.kid ? { key: next.key.publicKey } : replaced);
    expect(verifyReport({ ...whole, vouch }, { attestKeyOf: keysOf }).notChecked).toHaveLength(1);
    expect(await vouchAnew(vouch, statementOf(FIRST), next)).toBe(vouch);
  });

  it("refuses a vouch by a key that was compromised, whenever it was made [KEY-10]", () => {
    const compromised = { key: SELF.key.publicKey, untilEntry: 7, endedUnix: 1_700_000_000, compromisedSince: 1 };
    expect(() => verifyReport(whole, { attestKeyOf: () => compromised })).toThrow(refusal("REPORT_INVALID"));
  });

  it("compares what changed with the report before", async () => {
    const later = input("a", "b", "c");
    const drift = driftOf(FIRST, computeInventory(later).lines.map(toLineFigure), REPORTING);
    const change = changeOf(reportDigest(FIRST.report), "a late invoice", drift);
    const restated = await signed(build(later, { number: 1, change }));
    expect(verifyReport(restated, { attestKeyOf, earlier: whole }).change?.deltaKgCo2e).toBe("100.000000000");
    expect(verifyReport(restated, { attestKeyOf }).notChecked.map(({ what }) => what)).toContain(
      "what changed since the report before",
    );
    const lied = await signed(build(later, { number: 1, change: { ...change, deltaKgCo2e: "1.000000000" } }));
    expect(() => verifyReport(lied, { attestKeyOf, earlier: whole })).toThrow(refusal("REPORT_INVALID"));
    const other = await signed(build(input("a")));
    expect(() => verifyReport(restated, { attestKeyOf, earlier: other })).toThrow(refusal("REPORT_INVALID"));
  });
});
