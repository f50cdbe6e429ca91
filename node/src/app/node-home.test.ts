import { mkdtemp, readFile, rm, stat, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256, utf8Encode } from "@tallystick/proto";
import { parseJoinRequest, type Trust } from "@tallystick/registry";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FixtureNetwork } from "./network.fixture.ts";
import { type CreateHomeOptions, createNodeHome, readNodeHome, socketPathOf } from "./node-home.ts";

let network: FixtureNetwork;
let trust: Trust;
let folder: string;
beforeAll(async () => {
  network = await FixtureNetwork.create();
  trust = network.registry.trust;
  folder = await mkdtemp(join(tmpdir(), "tally-home-"));
});
afterAll(async () => {
  await network.close();
  await rm(folder, { recursive: true });
});

let random = 0;
const optionsFor = (name: string, changes: Partial<CreateHomeOptions> = {}): CreateHomeOptions => ({
  path: join(folder, name),
  did: `did:web:${name}.example`,
  name,
  trust,
  randomBytes: (size) => sha256(utf8Encode(`home ${random++}`)).subarray(0, size),
  ...changes,
});
const KEYS = ["attest", "checkpoint", "transport", "next"];

describe("a node's folder", () => {
  it("holds four keys for four uses, which only their owner can read [KEY-2]", async () => {
    const { event } = parseJoinRequest(await createNodeHome(optionsFor("one")));
    expect(event).toMatchObject({ member: "did:web:one.example", origin: "one.example/feed" });
    const path = join(folder, "one");
    const seeds = await Promise.all(KEYS.map((use) => readFile(join(path, "keys", `${use}.json`), "utf8")));
    expect(new Set(seeds.map((text) => JSON.parse(text).seed)).size).toBe(4);
    for (const file of [...KEYS.map((use) => join("keys", `${use}.json`)), join("tls", "key.pem")]) {
      expect((await stat(join(path, file))).mode & 0o777).toBe(0o600);
    }
    const home = await readNodeHome(path);
    expect([home.name, home.origin, home.signatory.did]).toEqual(["one", "one.example/feed", "did:web:one.example"]);
    expect(home.transport.publicKey).toBe(event.keys.transport);
  });

  it("is never made over another", async () => {
    await createNodeHome(optionsFor("two"));
    const before = await readFile(join(folder, "two", "keys", "attest.json"), "utf8");
    await expect(createNodeHome(optionsFor("two"))).rejects.toMatchObject({ code: "HOME_EXISTS" });
    expect(await readFile(join(folder, "two", "keys", "attest.json"), "utf8")).toBe(before);
  });

  it("is finished, with the keys it has, where making it was interrupted", async () => {
    const request = await createNodeHome(optionsFor("three"));
    for (const file of ["identity.json", join("keys", "next.json")]) await unlink(join(folder, "three", file));
    await expect(readNodeHome(join(folder, "three"))).rejects.toMatchObject({ code: "HOME_MISSING" });
    const again = await createNodeHome(optionsFor("three"));
    expect(parseJoinRequest(again).event.keys).toEqual(parseJoinRequest(request).event.keys);
    expect((await readNodeHome(join(folder, "three"))).name).toBe("three");
  });

  it.each([
    ["a DID that is none", { did: "four" }],
    ["no name", { name: "" }],
    ["an origin that is none", { origin: "https://four.example/feed" }],
  ])("is not made for %s", async (_what, changes) => {
    await expect(createNodeHome(optionsFor("four", changes))).rejects.toMatchObject({ code: "HOME_INVALID" });
  });

  it.each([
    ["identity.json", "{", "HOME_INVALID"],
    ["identity.json", "{}", "HOME_INVALID"],
    ["network.json", "{", "HOME_INVALID"],
    ["network.json", "{}", "TRUST_INVALID"],
    [join("keys", "attest.json"), "", "HOME_INVALID"],
    [join("keys", "checkpoint.json"), `{"v":1,"use":"checkpoint","seed":"AAAA"}`, "HOME_INVALID"],
    [join("keys", "transport.json"), `{"v":1,"use":"transport","seed":"${"A".repeat(42)}B"}`, "HOME_INVALID"],
  ])("with %s as %j is refused", async (file, text, code) => {
    const name = `bad${random}`;
    await createNodeHome(optionsFor(name));
    await writeFile(join(folder, name, file), text);
    await expect(readNodeHome(join(folder, name))).rejects.toMatchObject({ code });
  });

  it("that is not there, or not whole, is refused", async () => {
    await expect(readNodeHome(join(folder, "nowhere"))).rejects.toMatchObject({ code: "HOME_MISSING" });
    await createNodeHome(optionsFor("six"));
    await unlink(join(folder, "six", "tls", "key.pem"));
    await expect(readNodeHome(join(folder, "six"))).rejects.toMatchObject({ code: "HOME_INVALID" });
  });

  it("has a socket that every system can open, however deep it lies", () => {
    expect(socketPathOf("/home/node")).toBe("/home/node/run/node.sock");
    const deep = socketPathOf(`/home/${"x".repeat(200)}`);
    expect(deep.length).toBeLessThanOrEqual(100);
    expect(socketPathOf(`/home/${"x".repeat(201)}`)).not.toBe(deep);
  });
});
