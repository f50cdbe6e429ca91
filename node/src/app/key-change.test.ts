import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KeyEvent } from "@tallystick/contracts";
import {
  admitPublicKey,
  decodeBase64url,
  encodeBase64url,
  isLineOf,
  isTallyError,
  makeVerifierKey,
  parseNote,
  privateKeyFromSeed,
  sha256,
  utf8Encode,
} from "@tallystick/proto";
import { type KeySecret, KeySecrets, type Member, openKeyFile, publishKeyEvent, Sealer } from "@tallystick/registry";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { whyNotToSign } from "../core/keys/keys-standing.ts";
import {
  discardKeyChange,
  type KeyChangeOptions,
  planKeyChange,
  prepareKeyChange,
  REQUEST_FILE,
} from "./key-change.ts";
import { listKeys, publicKeys, verifyKeys } from "./key-report.ts";
import { heldKeys } from "./key-watch.ts";
import { FixtureNetwork, type FixtureNode, fileOf, productOf } from "./network.fixture.ts";
import { NodeApp } from "./node-app.ts";
import { defaultNextKeys, readHomeNames, readNodeHome } from "./node-home.ts";
import { readMember } from "./read-members.ts";
import { planResealHome } from "./reseal-keys.ts";

const DID = "did:web:smith.example";
const KID = `${DID}#attest-1`;
let network: FixtureNetwork;
let home: string;
let drawn = 0;
const randomBytes = (size: number): Uint8Array => sha256(utf8Encode(`fresh ${drawn++}`)).subarray(0, size);
const SECRET: KeySecret = { by: "key-file", bytes: new Uint8Array(32).fill(5) };
const secretsOf = (secret: KeySecret): KeySecrets =>
  new KeySecrets(async (by) => (by === secret.by ? secret : undefined));

beforeEach(async () => {
  network = await FixtureNetwork.create("smith", "buyer");
  home = network.homeOf("smith");
});
afterEach(() => network.close());

const memberNow = (): Promise<Member> => readMember(network.registry.trust, DID, network.registry.connect());

async function options(changes: Partial<KeyChangeOptions> = {}): Promise<KeyChangeOptions> {
  const nextSecrets = secretsOf(SECRET);
  return {
    home,
    firstKid: KID,
    member: await memberNow(),
    nextKeys: defaultNextKeys(home),
    nextSecrets,
    randomBytes,
    ...changes,
  };
}

const publish = async (): Promise<void> => {
  await publishKeyEvent(network.registry.operator, JSON.parse(await readFile(join(home, REQUEST_FILE), "utf8")));
};

/** Opens the folder as a start of the node does, and says whether its keys may sign. */
async function startOnce(): Promise<{ kid: string; whyNot: string | undefined }> {
  const node = await network.start("smith");
  const changed = await node.app.hasNewKeys();
  await node.stop();
  if (changed) return startOnce();
  const { signatory } = node.app.home;
  return { kid: signatory.kid, whyNot: whyNotToSign(heldKeys(node.app.home), (await memberNow()).event) };
}

/** Has the node prove its inventory. Returns the bundle's bytes. */
async function bundleOf(node: FixtureNode): Promise<number> {
  let sizeBytes = 0;
  for await (const part of node.app.prove()) sizeBytes += part.length;
  return sizeBytes;
}

/** Whether the checkpoint key that the event names has signed the note. */
function signsNote(note: string | undefined, { origin, keys }: KeyEvent): boolean {
  const key = makeVerifierKey(origin, "ed25519", admitPublicKey(decodeBase64url(keys.checkpoint)));
  return parseNote(note ?? "").signatures.some((line) => isLineOf(line, key));
}

describe("a change of keys", () => {
  it("goes over to the next key when the registry has published it, and forgets the old ones when that is final [KEY-2] [KEY-3]", async () => {
    const before = await readNodeHome(home);
    const { event, newNextKeys } = await prepareKeyChange(await options());
    expect((await readNodeHome(home)).signatory.kid).toBe(KID);
    expect((await listKeys(home, await readHomeNames(home))).keys.map(({ standing }) => standing)).toEqual([
      ...new Array(4).fill("in use"),
      ...new Array(4).fill("waits for the registry"),
    ]);
    const next = await openKeyFile(defaultNextKeys(home), { use: "next" });
    expect(event.keys.attest).toEqual([{ kid: `${DID}#attest-2`, key: encodeBase64url(next.key.publicKey.bytes) }]);
    await publish();
    expect(await startOnce()).toEqual({ kid: `${DID}#attest-2`, whyNot: undefined });
    const after = await readNodeHome(home);
    expect(after.transport.publicKey).toBe(event.keys.transport);
    expect(after.transport.publicKey).not.toBe(before.transport.publicKey);
    const node = await network.start("smith");
    await node.app.publish("one.json", fileOf(productOf("smith", 1, "2.5")));
    await expect.poll(async () => (await node.app.status()).feed.finalSize).toBeGreaterThan(0);
    await node.stop();
    await startOnce();
    expect(await readdir(join(home, "keys"))).toEqual(["current.json", "set-1"]);
    // And again, with the key that was written then.
    const again = await prepareKeyChange(await options({ nextKeys: newNextKeys }));
    expect(again.event).toMatchObject({ sequence: 2, keys: { attest: [{ kid: `${DID}#attest-3` }] } });
    await publish();
    expect(await startOnce()).toEqual({ kid: `${DID}#attest-3`, whyNot: undefined });
  });

  it("interrupted between any two steps leaves one valid set, and is completed by the same call", async () => {
    const { steps } = await planKeyChange(await options());
    expect(steps).toHaveLength(3);
    for (let done = 0; done <= steps.length; done++) {
      await network.close();
      network = await FixtureNetwork.create("smith", "buyer");
      home = network.homeOf("smith");
      const planned = await planKeyChange(await options());
      for (const { run } of planned.steps.slice(0, done)) await run();
      expect(await startOnce()).toEqual({ kid: KID, whyNot: undefined });
      const { event, newNextKeys } = await prepareKeyChange(await options());
      const { key } = await openKeyFile(newNextKeys, { use: "next" });
      await publish();
      expect((await memberNow()).event).toEqual(event);
      expect(await startOnce()).toEqual({ kid: `${DID}#attest-2`, whyNot: undefined });
      const checks = await verifyKeys(
        home,
        await readHomeNames(home),
        secretsOf(SECRET),
        await memberNow(),
        newNextKeys,
      );
      expect(checks.filter(({ ok }) => !ok)).toEqual([]);
      expect(key.publicKey.bytes).toHaveLength(32);
    }
  });

  it("interrupted in the middle of laying down the new keys leaves no half of a set", async () => {
    await writeFile(join(home, "keys", "set-1.partial"), "");
    const node = await network.start("smith");
    await node.stop();
    await prepareKeyChange(await options());
    await publish();
    expect(await startOnce()).toEqual({ kid: `${DID}#attest-2`, whyNot: undefined });
  });

  it("leaves nothing signed with keys that have just gone out of use", async () => {
    const node = await network.start("smith");
    await node.app.publish("one.json", fileOf(productOf("smith", 1, "2.5")));
    await prepareKeyChange(await options());
    await node.app.publish("two.json", fileOf(productOf("smith", 2, "2.5")));
    await publish();
    // The registry's news have not come by themselves: the node asks, because a change waits.
    await expect(node.app.publish("three.json", fileOf(productOf("smith", 3, "2.5")))).rejects.toMatchObject({
      code: "SIGNING_LOCKED",
    });
    await node.app.keysChanged;
    expect((await node.app.status()).feed).toMatchObject({ signing: "locked" });
    await node.stop();
    const again = await network.start("smith");
    await again.app.publish("three.json", fileOf(productOf("smith", 3, "2.5")));
    expect((await again.app.status()).feed.signing).toBe("ready");
    await again.stop();
  });

  it("that waits lets nothing be signed while the registry does not answer", async () => {
    const node = await network.start("smith");
    await prepareKeyChange(await options());
    network.registry.reachable = false;
    await expect(node.app.publish("one.json", fileOf(productOf("smith", 1, "2.5")))).rejects.toMatchObject({
      code: "SIGNING_LOCKED",
    });
    network.registry.reachable = true;
    await node.app.publish("one.json", fileOf(productOf("smith", 1, "2.5")));
    await node.stop();
  });

  it("is refused with another key than the one committed to", async () => {
    const other = defaultNextKeys(network.homeOf("buyer"));
    await expect(prepareKeyChange(await options({ nextKeys: other }))).rejects.toMatchObject({
      code: "KEY_EVENT_INVALID",
    });
    await expect(
      prepareKeyChange(await options({ nextKeys: join(home, "keys", "attest.json") })),
    ).rejects.toMatchObject({
      code: "KEY_USE_MISMATCH",
    });
    await expect(prepareKeyChange(await options({ newNextKeys: join(home, "next.json") }))).rejects.toMatchObject({
      code: "NEXT_KEYS_INSIDE",
    });
    await expect(prepareKeyChange(await options({ newNextKeys: defaultNextKeys(home) }))).rejects.toMatchObject({
      code: "EXPORT_EXISTS",
    });
    expect(await readdir(join(home, "keys"))).toEqual([
      "attest.json",
      "checkpoint.json",
      "transport.json",
      "witness.json",
    ]);
  });

  it("of another kind is refused while one waits, and what was refused can be discarded", async () => {
    await prepareKeyChange(await options());
    const compromise = { since: 1_700_000_000, kids: [KID], reason: "a laptop was stolen" };
    await expect(prepareKeyChange(await options({ compromise }))).rejects.toMatchObject({ code: "KEY_CHANGE_PENDING" });
    expect(await discardKeyChange(home, KID, await memberNow())).toBe(1);
    await expect(discardKeyChange(home, KID, await memberNow())).rejects.toMatchObject({ code: "KEY_CHANGE_PENDING" });
    const { event, again } = await prepareKeyChange(await options({ compromise, atOnce: true }));
    expect([event.compromise, again]).toEqual([compromise, false]);
  });

  it("after a compromise is taken at once, and signs nothing before it is published", async () => {
    const compromise = { since: 1_700_000_000, kids: [KID, `${DID}#checkpoint`], reason: "a laptop was stolen" };
    await startOnce();
    const { event } = await prepareKeyChange(await options({ compromise, atOnce: true }));
    const node = await network.start("smith");
    const { log } = node.app;
    const isSigned = async () => signsNote(log.checkpoint(), event) && signsNote(await log.checkpointAt(0), event);
    expect(await isSigned()).toBe(false);
    await expect(node.app.publish("one.json", fileOf(productOf("smith", 1, "2.5")))).rejects.toMatchObject({
      code: "SIGNING_LOCKED",
    });
    await expect(bundleOf(node)).rejects.toMatchObject({ code: "SIGNING_LOCKED" });
    await publish();
    await node.app.refreshRegistry();
    expect(await bundleOf(node)).toBeGreaterThan(0);
    await expect.poll(isSigned).toBe(true);
    await node.stop();
    expect(await startOnce()).toEqual({ kid: `${DID}#attest-2`, whyNot: undefined });
  });

  it("that waits for a registry which does not answer lets no bundle be signed either", async () => {
    const node = await network.start("smith");
    await prepareKeyChange(await options());
    network.registry.reachable = false;
    await expect(bundleOf(node)).rejects.toMatchObject({ code: "SIGNING_LOCKED" });
    network.registry.reachable = true;
    expect(await bundleOf(node)).toBeGreaterThan(0);
  });

  it("brings a node back that has lost every key but the next one", async () => {
    const { keys } = (await memberNow()).event;
    for (const use of ["attest", "checkpoint", "transport", "witness"]) await rm(join(home, "keys", `${use}.json`));
    await expect(readNodeHome(home)).rejects.toMatchObject({ code: "KEY_FILE_INVALID" });
    const { event } = await prepareKeyChange(await options({ atOnce: true }));
    expect(event.keys.transport).not.toBe(keys.transport);
    await publish();
    expect(await startOnce()).toEqual({ kid: `${DID}#attest-2`, whyNot: undefined });
    expect(await publicKeys(home, await readHomeNames(home))).toMatchObject({ transport: event.keys.transport });
  });

  it("keeps what it is told to keep", async () => {
    const { keys } = (await memberNow()).event;
    const { event } = await prepareKeyChange(await options({ keep: ["transport", "witness"] }));
    expect(event.keys).toMatchObject({ transport: keys.transport, witness: keys.witness });
    expect(event.keys.checkpoint).not.toBe(keys.checkpoint);
    await publish();
    expect(await startOnce()).toEqual({ kid: `${DID}#attest-2`, whyNot: undefined });
  });
});

describe("sealing keys", () => {
  const sealing = async (secret: KeySecret) => ({ secret, sealer: await Sealer.create(secret, randomBytes) });
  const OTHER: KeySecret = { by: "key-file", bytes: new Uint8Array(32).fill(6) };

  async function seal(now: KeySecret, next?: KeySecret): Promise<void> {
    const steps = await planResealHome(home, KID, secretsOf(now), next === undefined ? undefined : await sealing(next));
    for (const { run } of steps) await run();
  }

  it("adds, changes and takes away a secret, and takes the copy of the transport key away", async () => {
    await writeFile(join(home, "tls", "key.pem"), "old", { mode: 0o600 });
    const plain = heldKeys(await readNodeHome(home));
    await seal(SECRET, SECRET);
    expect(await readdir(join(home, "tls"))).toEqual(["certificate.pem"]);
    await expect(readNodeHome(home)).rejects.toMatchObject({ code: "KEY_LOCKED" });
    expect(heldKeys(await readNodeHome(home, secretsOf(SECRET)))).toEqual(plain);
    await seal(SECRET, OTHER);
    await expect(readNodeHome(home, secretsOf(SECRET))).rejects.toMatchObject({ code: "KEY_SECRET_WRONG" });
    expect(heldKeys(await readNodeHome(home, secretsOf(OTHER)))).toEqual(plain);
    await expect(seal(SECRET, SECRET)).rejects.toMatchObject({ code: "KEY_SECRET_WRONG" });
    await seal(OTHER);
    expect(heldKeys(await readNodeHome(home))).toEqual(plain);
  });

  it("interrupted between any two files is completed by the same call, and no key is lost", async () => {
    const plain = heldKeys(await readNodeHome(home));
    await seal(SECRET, SECRET);
    const count = (await planResealHome(home, KID, secretsOf(SECRET), await sealing(OTHER))).length;
    expect(count).toBe(5);
    for (let done = 0; done <= count; done++) {
      const [from, to] = done % 2 === 0 ? [SECRET, OTHER] : [OTHER, SECRET];
      const steps = await planResealHome(home, KID, secretsOf(from), await sealing(to));
      for (const { run } of steps.slice(0, done)) await run();
      await seal(from, to);
      expect(heldKeys(await readNodeHome(home, secretsOf(to)))).toEqual(plain);
    }
  });

  it("covers keys that wait, and a change of sealed keys makes sealed ones", async () => {
    await seal(SECRET, SECRET);
    const sealer = await Sealer.create(SECRET, randomBytes);
    const { newNextKeys } = await prepareKeyChange(await options({ sealer }));
    await expect(openKeyFile(newNextKeys)).rejects.toMatchObject({ code: "KEY_LOCKED" });
    await seal(SECRET, OTHER);
    await publish();
    const app = await NodeApp.open(await readNodeHome(home, secretsOf(OTHER)), {
      now: () => network.nowUnix,
      random: () => 0.5,
      randomBytes,
      connectRegistry: () => network.registry.connect(),
    });
    await app.connect();
    expect(await app.hasNewKeys()).toBe(true);
    await app.close();
    const { sealed } = (await listKeys(home, await readHomeNames(home))).keys.find(
      ({ standing }) => standing === "waits for the registry",
    ) as { sealed: string };
    expect(sealed).toBe("key-file");
  });

  it("is refused where one key does not open, before any is replaced", async () => {
    const path = join(home, "keys", "transport.json");
    const text = await readFile(join(home, "keys", "attest.json"), "utf8");
    await writeFile(path, "{}");
    await expect(seal(SECRET, SECRET)).rejects.toSatisfy((error) => isTallyError(error, "KEY_FILE_INVALID"));
    expect(await readFile(join(home, "keys", "attest.json"), "utf8")).toBe(text);
  });
});

it("says which keys are not those of the registry", async () => {
  const { seed } = await openKeyFile(join(home, "keys", "witness.json"));
  await writeFile(
    join(home, "keys", "checkpoint.json"),
    JSON.stringify({ v: 1, use: "checkpoint", seed: encodeBase64url(sha256(seed)) }),
  );
  const checks = await verifyKeys(home, await readHomeNames(home), secretsOf(SECRET), await memberNow());
  expect(checks.filter(({ ok }) => !ok).map(({ what }) => what)).toEqual([
    "key event 0 (entry 1 of the members log) names the checkpoint key",
  ]);
  expect((await publicKeys(home, await readHomeNames(home))).attest).toMatchObject({
    kid: KID,
    jwk: {
      x: encodeBase64url(
        privateKeyFromSeed((await openKeyFile(join(home, "keys", "attest.json"))).seed).publicKey.bytes,
      ),
    },
  });
});
