import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { FixtureNetwork, type FixtureNode, fileOf, productOf, until } from "../app/network.fixture.ts";
import { main } from "./main.ts";

// A buyer whose supplier withheld something looks at it, and shows it to others.

let network: FixtureNetwork;
let buyer: FixtureNode;
let caster: FixtureNode;
const at = (name: string): string => join(network.homeOf("buyer"), name);

beforeAll(async () => {
  network = await FixtureNetwork.create("caster", "buyer");
  caster = await network.start("caster", () => ({ openDeliveries: async () => new Map() }));
  buyer = await network.start("buyer");
  await buyer.app.subscribe(caster.address, caster.did);
  await caster.app.publish("a.json", fileOf(productOf("caster", 1, "10")));
  await until(
    () => buyer.app.faults.list(),
    ({ faults }) => faults.length > 0,
  );
  await writeFile(at("network.json"), JSON.stringify(network.registry.trust));
});
afterAll(() => network.close());

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

describe("tally faults", () => {
  it("lists, shows and exports; tally verify checks what was written, and refuses a doctored copy", async () => {
    const { faults } = await json("faults", "list");
    expect(faults).toMatchObject([{ fault: "0", kind: "withheld", member: caster.did, caughtBy: "route-tag" }]);
    expect((await tally("faults", "list")).out).toContain("0  withheld  did:web:caster.example");
    expect(await json("faults", "show", "0")).toMatchObject({
      fault: faults[0],
      evidence: { kind: "withheld", member: caster.did, reporter: buyer.did },
    });
    const file = at("fault.json");
    expect(await tally("faults", "export", "0", "-o", file)).toMatchObject({ code: 0, err: "" });
    const verdict = await json("verify", file, "--network", at("network.json"));
    expect(verdict).toMatchObject({
      ok: true,
      type: "fault",
      kind: "withheld",
      member: caster.did,
      network: "fixture",
    });
    const { out } = await tally("verify", file, "--network", at("network.json"));
    expect(out).toContain("claimed by did:web:buyer.example, not proven: the delivery was not sent");
    const doctored = at("doctored.json");
    await writeFile(
      doctored,
      (await readFile(file, "utf8")).replace(/"counter/, '"countex').replace("did:web:caster", "did:web:cantor"),
    );
    expect((await tally("verify", doctored, "--network", at("network.json"))).code).toBe(1);
    const both = await tally("verify", file, doctored, "--network", at("network.json"), "--json");
    expect([both.code, JSON.parse(both.out).ok]).toEqual([1, false]);
    expect(JSON.parse(both.out).results.map((result: object) => "report" in result)).toEqual([true, false]);
  });

  it("says what is missing where it cannot", async () => {
    expect((await tally("faults", "show", "99")).err).toContain("FAULT_UNKNOWN");
    expect((await tally("faults", "export", "caster.example#1+2")).err).toContain("FAULT_UNKNOWN");
    expect((await tally("verify", at("fault.json"))).err).toContain("NETWORK_REQUIRED");
    await writeFile(at("nothing.txt"), "nothing");
    expect((await tally("verify", at("nothing.txt"))).err).toContain("EVIDENCE_NOT_RECOGNISED");
  });
});
