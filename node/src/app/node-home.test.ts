import { mkdtemp, readdir, readFile, rename, rm, stat, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeBase64url, sha256, utf8Encode } from "@tallystick/proto";
import {
  commitNextKey,
  type KeySecret,
  KeySecrets,
  openKeyFile,
  parseJoinRequest,
  Sealer,
  type Trust,
} from "@tallystick/registry";
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
const KEYS = ["attest", "checkpoint", "transport", "witness"];

describe("a node's folder", () => {
  it("holds four keys for four uses, which only their owner can read [KEY-2]", async () => {
    const { event } = parseJoinRequest((await createNodeHome(optionsFor("one"))).request);
    expect(event).toMatchObject({ member: "did:web:one.example", origin: "one.example/feed" });
    const path = join(folder, "one");
    const seeds = await Promise.all(KEYS.map((use) => readFile(join(path, "keys", `${use}.json`), "utf8")));
    expect(new Set(seeds.map((text) => JSON.parse(text).seed)).size).toBe(4);
    for (const use of KEYS) expect((await stat(join(path, "keys", `${use}.json`))).mode & 0o777).toBe(0o600);
    // What TLS needs of the transport key is made in memory.
    expect(await readdir(join(path, "tls"))).toEqual(["certificate.pem"]);
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

  it("has the next key beside it, which it commits to and does not need [KEY-3]", async () => {
    const { request, nextKeys } = await createNodeHome(optionsFor("next"));
    expect(nextKeys).toBe(`${join(folder, "next")}.next-keys.json`);
    expect((await stat(nextKeys)).mode & 0o777).toBe(0o600);
    const { key } = await openKeyFile(nextKeys, { use: "next" });
    expect(parseJoinRequest(request).event.next).toEqual([commitNextKey(key.publicKey)]);
    await unlink(nextKeys);
    expect((await readNodeHome(join(folder, "next"))).name).toBe("next");
  });

  it("is not made with the next key in it, or over another's", async () => {
    for (const inside of ["", "next.json", join("keys", "next.json"), join("..", "within", "next.json")]) {
      const nextKeys = join(folder, "within", inside);
      await expect(createNodeHome(optionsFor("within", { nextKeys }))).rejects.toMatchObject({
        code: "NEXT_KEYS_INSIDE",
      });
    }
    const nextKeys = join(folder, "taken.json");
    await writeFile(nextKeys, "mine");
    await expect(createNodeHome(optionsFor("within", { nextKeys }))).rejects.toMatchObject({ code: "EXPORT_EXISTS" });
    expect(await readFile(nextKeys, "utf8")).toBe("mine");
    expect(await readdir(folder)).not.toContain("within");
  });

  it("opens with the secret that its keys were sealed with", async () => {
    const secret: KeySecret = { by: "key-file", bytes: new Uint8Array(32).fill(7) };
    const options = optionsFor("sealed");
    const sealer = await Sealer.create(secret, options.randomBytes);
    const { request } = await createNodeHome({ ...options, sealer, secrets: new KeySecrets(async () => secret) });
    await expect(readNodeHome(options.path)).rejects.toMatchObject({ code: "KEY_LOCKED" });
    const home = await readNodeHome(options.path, new KeySecrets(async () => secret));
    const { keys } = parseJoinRequest(request).event;
    expect(encodeBase64url(home.signatory.key.publicKey.bytes)).toBe(keys.attest[0]?.key);
    expect(home.transport.publicKey).toBe(keys.transport);
  });

  it("of the first form, with its next key and TLS key in it, opens as before", async () => {
    const { nextKeys } = await createNodeHome(optionsFor("old"));
    const path = join(folder, "old");
    await rename(nextKeys, join(path, "keys", "next.json"));
    await unlink(join(path, "keys", "witness.json"));
    const { transport } = await readNodeHome(path);
    await writeFile(join(path, "tls", "key.pem"), transport.privateKeyPem, { mode: 0o600 });
    const again = await readNodeHome(path);
    expect(again.transport).toEqual(transport);
    expect(again.witnessKey).toBeUndefined();
    expect(again.keySets).toMatchObject({ current: { name: "first", sequence: 0 }, retired: [] });
  });

  it("is finished, with the keys it has, where making it was interrupted", async () => {
    const { request } = await createNodeHome(optionsFor("three"));
    await unlink(join(folder, "three", "identity.json"));
    await expect(readNodeHome(join(folder, "three"))).rejects.toMatchObject({ code: "HOME_MISSING" });
    const { request: again } = await createNodeHome(optionsFor("three"));
    expect(parseJoinRequest(again).event).toEqual(parseJoinRequest(request).event);
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
    [join("keys", "attest.json"), "", "KEY_FILE_INVALID"],
    [join("keys", "checkpoint.json"), `{"v":1,"use":"checkpoint","seed":"AAAA"}`, "KEY_FILE_INVALID"],
    [join("keys", "transport.json"), `{"v":1,"use":"transport","seed":"${"A".repeat(42)}B"}`, "KEY_FILE_INVALID"],
    [join("keys", "transport.json"), `{"v":1,"use":"attest","seed":"${"A".repeat(43)}"}`, "KEY_USE_MISMATCH"],
    [join("keys", "current.json"), "{}", "HOME_INVALID"],
    [join("keys", "current.json"), `{"v":1,"set":"set-1"}`, "HOME_INVALID"],
  ])("with %s as %j is refused", async (file, text, code) => {
    const name = `bad${random}`;
    await createNodeHome(optionsFor(name));
    await writeFile(join(folder, name, file), text);
    await expect(readNodeHome(join(folder, name))).rejects.toMatchObject({ code });
  });

  it("that is not there, or not whole, is refused", async () => {
    await expect(readNodeHome(join(folder, "nowhere"))).rejects.toMatchObject({ code: "HOME_MISSING" });
    await createNodeHome(optionsFor("six"));
    await unlink(join(folder, "six", "tls", "certificate.pem"));
    expect((await readNodeHome(join(folder, "six"))).transport.certificatePem).toContain("CERTIFICATE");
    await unlink(join(folder, "six", "keys", "transport.json"));
    await expect(readNodeHome(join(folder, "six"))).rejects.toMatchObject({ code: "KEY_FILE_INVALID" });
  });

  it("has a socket that every system can open, however deep it lies", () => {
    expect(socketPathOf("/home/node")).toBe("/home/node/run/node.sock");
    const deep = socketPathOf(`/home/${"x".repeat(200)}`);
    expect(deep.length).toBeLessThanOrEqual(100);
    expect(socketPathOf(`/home/${"x".repeat(201)}`)).not.toBe(deep);
  });
});
