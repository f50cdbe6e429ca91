import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { FixtureNetwork } from "../app/network.fixture.ts";
import { main } from "./main.ts";

let network: FixtureNetwork;
let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  network = await FixtureNetwork.create("buyer");
  folder = await mkdtemp(join(tmpdir(), "tally-fork-"));
  const leaf = (n: number): Uint8Array => new Uint8Array(9).fill(n);
  await writeFile(at("A.note"), network.registry.noteOver("members", [leaf(1)]));
  await writeFile(at("B.note"), network.registry.noteOver("members", [leaf(2)]));
  await writeFile(at("C.note"), network.registry.noteOver("members", [leaf(1), leaf(2)]));
  await writeFile(at("network.json"), JSON.stringify(network.registry.trust));
});
afterAll(async () => {
  await network.close();
  await rm(folder, { recursive: true });
});

async function verify(...args: string[]): Promise<{ code: number; out: string }> {
  let out = "";
  const write = (text: unknown) => {
    out += String(text);
    return true;
  };
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, "write").mockImplementation(write);
  try {
    return { code: await main(["verify", ...args]), out };
  } finally {
    process.exitCode = undefined;
    vi.restoreAllMocks();
  }
}

describe("tally verify A.note B.note", () => {
  it("checks a fork proof offline [FRK-5]", async () => {
    const { code, out } = await verify(at("A.note"), at("B.note"), "--network", at("network.json"), "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ ok: true, type: "fork", origin: "registry.example/members", size: 1 });
    const said = await verify(at("A.note"), at("B.note"), "--network", at("network.json"));
    expect(said.out).toContain("FORK: the registry signed two histories of registry.example/members");
  });

  it.each([
    ["notes of two sizes", ["A.note", "C.note"], "FORK_NOT_SHOWN"],
    ["one note twice", ["A.note", "A.note"], "FORK_NOT_SHOWN"],
    ["one note alone", ["A.note"], "FORK_NOT_SHOWN"],
  ])("refuses %s", async (_, files, expected) => {
    const { code, out } = await verify(...files.map(at), "--network", at("network.json"), "--json");
    expect(code).not.toBe(0);
    expect(out).toContain(expected);
  });

  it("needs the network's trust file", async () => {
    expect((await verify(at("A.note"), at("B.note"), "--json")).out).toContain("NETWORK_REQUIRED");
  });
});
