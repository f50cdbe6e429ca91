import { makeVerifierKey, openCheckpoint, parseNote, privateKeyFromSeed } from "@tallystick/proto";
import { beforeEach, describe, expect, it } from "vitest";
import { openMemoryStore } from "../adapters/memory/memory-store.ts";
import type { Store } from "../ports/store.ts";
import { openLog } from "./open-log.ts";
import { AwaySigner } from "./signer.fixture.ts";
import type { LogOptions, TiledLog } from "./tiled-log.ts";

const otherKey = privateKeyFromSeed(new Uint8Array(32).fill(2));
const origin = "log.example/feed";
const key = privateKeyFromSeed(new Uint8Array(32).fill(1));
const logKey = makeVerifierKey(origin, "ed25519", key.publicKey);
const leaf = (text: string): Uint8Array => new TextEncoder().encode(text);
const sizeOf = (note: string): number => openCheckpoint(note, logKey).checkpoint.treeSize;

let store: Store;
let signer: AwaySigner;
beforeEach(() => {
  store = openMemoryStore();
  signer = new AwaySigner(key);
});

async function open(options: Partial<LogOptions> = {}): Promise<TiledLog> {
  const log = await openLog({ origin, key: signer, store, prefix: "log", ...options });
  await log.guard([]);
  return log;
}

async function contents(): Promise<string[]> {
  const found: string[] = [];
  for await (const [name] of store.entries({ gte: "", lt: "\uffff" })) found.push(name);
  return found;
}

/** Resolves when somebody asks the signer in vain. */
const missed = (): Promise<void> =>
  new Promise((resolve) => {
    signer.onMissed = resolve;
  });

describe("a log whose signer is away", () => {
  it("does not open", async () => {
    signer.away = true;
    await expect(open()).rejects.toMatchObject({ code: "SIGNER_UNAVAILABLE" });
  });

  it("refuses appends and writes nothing, and takes the same again once it is back", async () => {
    const log = await open();
    const before = await contents();
    signer.away = true;
    const extra = [{ type: "put", key: "own", value: leaf("x") }] as const;
    const refused = [log.append([leaf("a")], () => extra), log.append([leaf("b")])];
    for (const each of refused) await expect(each).rejects.toMatchObject({ code: "SIGNER_UNAVAILABLE" });
    expect([log.size, await contents()]).toEqual([0, before]);
    signer.away = false;
    expect((await log.append([leaf("a")])).firstIndex).toBe(0);
  });

  it("waits for it where it has written already, and tells nobody before it is signed", async () => {
    const log = await open();
    signer.goesAfter = 0;
    const away = missed();
    const append = log.append([leaf("a")]);
    await away;
    expect([log.size, sizeOf(log.checkpoint())]).toEqual([0, 0]);
    signer.goesAfter = Number.POSITIVE_INFINITY;
    signer.away = false;
    const { firstIndex, checkpoint } = await append;
    expect([firstIndex, sizeOf(checkpoint), log.size]).toEqual([0, 1, 1]);
  });

  it("closes meanwhile; what it had written is signed when it is opened again", async () => {
    const log = await open();
    signer.goesAfter = 0;
    const away = missed();
    const refused = expect(log.append([leaf("a")])).rejects.toMatchObject({ code: "SIGNER_UNAVAILABLE" });
    await away;
    await log.close();
    await refused;
    signer = new AwaySigner(key);
    const again = await open();
    expect([again.size, sizeOf(again.checkpoint())]).toEqual([1, 1]);
  });

  it("waits also until the signer may sign", async () => {
    let may = false;
    let asked = Promise.withResolvers<void>();
    const maySign = (): boolean => {
      asked.resolve();
      return may;
    };
    const log = await open({ maySign, waitsForSigner: true });
    asked = Promise.withResolvers();
    const append = log.append([leaf("a")]);
    await asked.promise;
    expect(log.size).toBe(0);
    may = true;
    expect((await append).firstIndex).toBe(0);
  });

  it("waits no longer once it is told so, and writes nothing then", async () => {
    const log = await open({ waitsForSigner: true });
    signer.away = true;
    const away = missed();
    const refused = expect(log.append([leaf("a")])).rejects.toMatchObject({ code: "SIGNER_UNAVAILABLE" });
    await away;
    log.stopWaiting();
    await refused;
    expect(log.size).toBe(0);
  });

  it("that waits for it takes appends in the order they came", async () => {
    const log = await open({ waitsForSigner: true });
    signer.away = true;
    const away = missed();
    const appends = [log.append([leaf("a")]), log.append([leaf("b")])];
    await away;
    signer.away = false;
    expect((await Promise.all(appends)).map(({ firstIndex }) => firstIndex)).toEqual([0, 1]);
  });
});

describe("a log whose key may not sign yet", () => {
  const signersOf = (note: string): number => parseNote(note).signatures.length;

  it("opens with what keys of before signed, adds nothing to it, and refuses appends, until it may", async () => {
    await (await open()).append([leaf("a")]);
    let may = false;
    const log = await open({ key: otherKey, maySign: () => may });
    for (let tries = 0; tries < 2; tries++) {
      await log.signNewest();
      expect(sizeOf(log.checkpoint())).toBe(1);
      const { note = "" } = (await log.nextCheckpoint(0)) ?? {};
      expect([signersOf(log.checkpoint()), signersOf(note)]).toEqual([1, 1]);
      await expect(log.append([leaf("b")])).rejects.toMatchObject({ code: "LOG_LOCKED" });
      expect(log.size).toBe(1);
    }
    may = true;
    await log.signNewest();
    const note = log.checkpoint();
    expect([signersOf(note), sizeOf(note)]).toEqual([2, 1]);
    expect(openCheckpoint(note, makeVerifierKey(origin, "ed25519", otherKey.publicKey)).checkpoint.treeSize).toBe(1);
    await log.signNewest();
    expect(log.checkpoint()).toBe(note);
    expect((await log.append([leaf("b")])).firstIndex).toBe(1);
  });
});
