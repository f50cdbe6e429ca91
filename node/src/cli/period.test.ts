import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { castings } from "../app/closing.fixture.ts";
import { FixtureNetwork, type FixtureNode } from "../app/network.fixture.ts";
import { main } from "./main.ts";

// A company closes its year at the command line, its node running.

let network: FixtureNetwork;
let node: FixtureNode;

beforeAll(async () => {
  network = await FixtureNetwork.create("buyer");
  node = await network.start("buyer");
  await writeFile(at("2024.csv"), castings(["a", "2024-02-01", 10], ["b", "2024-06-01", 20]));
  await writeFile(at("late.csv"), castings(["late", "2024-12-30", 10]));
});
afterAll(() => network.close());

const at = (name: string): string => join(network.homeOf("buyer"), name);

/** Runs the program in this process. What it writes is kept from the terminal. */
async function tally(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: "", err: "" };
  const into = (stream: "out" | "err") => (text: unknown) => {
    written[stream] += String(text);
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(into("out"));
  vi.spyOn(process.stderr, "write").mockImplementation(into("err"));
  try {
    return { code: await main([...args, "--home", network.homeOf("buyer")]), ...written };
  } finally {
    process.exitCode = undefined;
    vi.restoreAllMocks();
  }
}
const json = async (...args: string[]) => JSON.parse((await tally(...args, "--json")).out);

describe("tally person", () => {
  it("makes keys, lets their owners sign, and names nobody twice", async () => {
    for (const [name, file] of [
      ["Ann Lee", "ann.json"],
      ["Ben Okafor", "ben.json"],
      ["李明", "li.json"],
    ] as const) {
      expect(await tally("person", "create", name, "-o", at(file))).toMatchObject({ code: 0, err: "" });
      expect(await tally("person", "add", at(file))).toMatchObject({ code: 0, err: "" });
    }
    expect((await tally("person", "create", "Ann Lee", "-o", at("ann.json"))).err).toContain("FILE_UNREADABLE");
    expect((await tally("person", "create", "", "-o", at("nobody.json"))).err).toContain("PERSON_INVALID");
    await tally("person", "create", "ann  lee", "-o", at("ann-2.json"));
    const again = await tally("person", "add", at("ann-2.json"));
    expect(again).toMatchObject({ code: 1, out: "" });
    expect(again.err).toContain("PERSON_KNOWN");
    expect(await tally("person", "add", at("ann-2.json"), "--replace")).toMatchObject({ code: 0 });
    expect(await tally("person", "add", at("ann.json"), "--replace")).toMatchObject({ code: 0 });
    const { persons, signatures } = await json("person", "list");
    expect([persons.length, signatures]).toEqual([3, 2]);
    const li = persons.find(({ name }: { name: string }) => name === "李明");
    expect(await tally("person", "remove", li.kid)).toMatchObject({ code: 0, err: "" });
    expect((await tally("person", "remove", li.kid)).err).toContain("PERSON_UNKNOWN");
  });
});

describe("a person's key", () => {
  it("is sealed and opened by a file of the person's own", async () => {
    await writeFile(at("own.key"), new Uint8Array(32).fill(7), { mode: 0o600 });
    expect((await tally("person", "passphrase", at("ben.json"), "--new-key-file", at("own.key"))).out).toContain(
      "is sealed by a key-file",
    );
    const sealed = JSON.parse(await readFile(at("ben.json"), "utf8"));
    expect([sealed.v, "seed" in sealed]).toEqual([2, false]);
    // Who may sign is said without the secret; signing takes it.
    expect(await tally("person", "add", at("ben.json"), "--replace")).toMatchObject({ code: 0 });
    const close = (...more: string[]) => tally("period", "close", "2024", "--key", at("ben.json"), ...more);
    expect((await close()).err).toContain("KEY_LOCKED");
    await tally("person", "create", "Sue", "-o", at("sue.json"), "--encrypt", "--key-file", at("own.key"));
    expect(JSON.parse(await readFile(at("sue.json"), "utf8"))).toMatchObject({ v: 2, person: { name: "Sue" } });
    const opened = await tally("person", "passphrase", at("ben.json"), "--remove", "--key-file", at("own.key"));
    expect(opened.out).toContain("lies open");
  });
});

describe("tally period", () => {
  const close = (key: string, ...more: string[]) => tally("period", "close", "2024", "--key", at(key), ...more);
  const waiting = async (): Promise<string> => (await json("period", "show", "2024")).pending.statement.report;

  it("closes a period once a second person has looked at what waits", async () => {
    await tally("ledger", "import", at("2024.csv"));
    expect((await close("ann.json")).out).toContain("report 0 of 2024 waits for signatures\n360.000 kg CO2e");
    const unseen = await close("ben.json");
    expect(unseen).toMatchObject({ code: 1, out: "" });
    const digest = await waiting();
    for (const seen of ["STATEMENT_NOT_NAMED", digest, "360.000000000", "#person-ann-lee-"]) {
      expect(unseen.err).toContain(seen);
    }
    expect((await close("ben.json", "--report", "another")).err).toContain("STATEMENT_DIFFERS");
    expect((await close("ann.json", "--report", digest)).err).toContain("PERSON_SIGNED_ALREADY");
    expect((await close("li.json", "--report", digest)).err).toContain("PERSON_UNKNOWN");
    expect((await close("ben.json", "--report", digest)).out).toContain("signed, the period is closed");
    expect((await tally("period", "list")).out).toContain("2024 (2024-01-01 to 2024-12-31): closed, 1 reports");
  });

  it("restates with a reason, and exports what a third party verifies offline", async () => {
    expect((await tally("period", "export", "2024", "-o", at("report-0.json"))).code).toBe(0);
    await tally("ledger", "import", at("late.csv"));
    const restate = (key: string, ...more: string[]) =>
      tally("period", "restate", "2024", "--reason", "late invoices", "--key", at(key), ...more);
    expect((await restate("ann.json")).out).toContain("+120.000 kg CO2e, because late invoices");
    expect((await restate("ben.json", "--report", await waiting())).code).toBe(0);
    await tally("period", "export", "2024", "-o", at("report-1.json"));
    await tally("prove", "--period", "2024", "-o", at("evidence.tally"));
    await writeFile(at("trust.json"), JSON.stringify(network.registry.trust));
    const given = ["--evidence", at("evidence.tally"), "--network", at("trust.json"), "--earlier", at("report-0.json")];
    const verified = await json("period", "verify", at("report-1.json"), ...given);
    expect(verified).toMatchObject({ ok: true, number: 1, totalKgCo2e: "480.000000000", needed: 2 });
    expect(verified.notChecked).toHaveLength(1);
    expect((await tally("period", "verify", at("report-1.json"))).out).toContain("not checked: that the persons sign");
    const forged = (await readFile(at("report-1.json"), "utf8")).replace("Okafor", "Okapi");
    await writeFile(at("forged.json"), forged);
    const refused = await tally("period", "verify", at("forged.json"));
    expect(refused).toMatchObject({ code: 1, out: "" });
  });

  it("exports anew, under the key in use, what it vouched for by a key that was replaced since [KEY-9]", async () => {
    await node.stop();
    network.rotate("buyer");
    network.nowUnix += 60;
    node = await network.start("buyer");
    await tally("period", "export", "2024", "-o", at("report-2.json"));
    await tally("prove", "--period", "2024", "-o", at("evidence-2.tally"));
    const evidence = ["--evidence", at("evidence-2.tally"), "--network", at("trust.json")];
    expect((await tally("period", "verify", at("report-1.json"), ...evidence)).out).toMatch(
      /verified: report 1[\s\S]*not checked: that the persons sign for the member: did:web:buyer.example#attest-1 was replaced/,
    );
    const again = await json("period", "verify", at("report-2.json"), ...evidence, "--earlier", at("report-0.json"));
    expect([again.ok, again.notChecked.length]).toEqual([true, 1]);
  });

  it("refuses what is no file, no report and no complete question", async () => {
    expect((await tally("period", "verify", at("nothing.json"))).err).toContain("FILE_UNREADABLE");
    expect((await tally("period", "verify", at("2024.csv"))).err).toContain("not JSON");
    expect((await tally("period", "verify", at("trust.json"))).err).toContain("REPORT_INVALID");
    expect(await tally("period", "verify", at("report-1.json"), "--network", at("trust.json"))).toMatchObject({
      code: 2,
    });
    expect((await tally("period", "restate", "2024")).code).toBe(2);
    expect((await tally("period", "show", "next year")).err).toContain("PERIOD_INVALID");
    expect(JSON.parse((await tally("period", "close", "2024", "--json")).err).error.code).toBe("PERIOD_STATE");
    expect((await tally("period", "close", "--help")).out).toContain("--report <digest>");
  });
});

describe("tally explain", () => {
  it("ends with the line's history", async () => {
    const { out } = await tally("explain", "a");
    expect(out.slice(out.indexOf("└─ history"))).toMatch(/recorded\n.*report 0 of 2024: .*\n.*report 1 of 2024: .*\n/);
  });
});
