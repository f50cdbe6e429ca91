import {
  formatAddCheckpoint,
  formatNote,
  hashLeaf,
  MAX_ADD_CHECKPOINT_BYTES,
  makeVerifierKey,
  merkleRoot,
  parseNote,
  privateKeyFromSeed,
  signCheckpoint,
  signNote,
  verifyCosignature,
} from "@tallystick/proto";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { openMemoryStore } from "../adapters/memory/memory-store.ts";
import { openLog } from "../log/open-log.ts";
import type { TiledLog } from "../log/tiled-log.ts";
import { FailingStore, PowerFailure } from "../ports/failing-store.ts";
import type { Store } from "../ports/store.ts";
import { originId } from "./cosigned-path.ts";
import { WitnessService } from "./witness.ts";

const origin = "log.example/feed";
const key = privateKeyFromSeed(new Uint8Array(32).fill(1));
const logKey = makeVerifierKey(origin, "ed25519", key.publicKey);
const witnessKey = privateKeyFromSeed(new Uint8Array(32).fill(2));
const leafAt = (index: number): Uint8Array => new TextEncoder().encode(`leaf ${index}`);
const leavesOf = (from: number, to: number): Uint8Array[] =>
  Array.from({ length: to - from }, (_, at) => leafAt(from + at));

let store: Store;
let log: TiledLog;
beforeEach(async () => {
  store = openMemoryStore();
  log = await openLog({ origin, key, store: openMemoryStore(), prefix: "log" });
  await log.guard([]);
});

function witnessOn(below: Store): WitnessService {
  return new WitnessService({
    name: "witness.example",
    key: witnessKey,
    store: below,
    prefix: "witness",
    keysOf: (asked) => (asked === origin ? [logKey] : []),
    now: () => 1_700_000_000,
  });
}

/** The request from `oldSize` to the size of this checkpoint. */
async function requestFrom(oldSize: number, checkpoint = log.checkpoint()): Promise<string> {
  const size = Number(checkpoint.split("\n")[1]);
  const proof = oldSize <= size ? await log.consistencyProof(oldSize, size) : [];
  return formatAddCheckpoint({ oldSize, proof, checkpoint });
}

describe("WitnessService", () => {
  it("shows the newest note that it cosigned, with the log's line and its own and no stranger's [WIT-3]", async () => {
    const witness = witnessOn(store);
    expect(await witness.cosigned(originId(origin))).toBeUndefined();
    for (const size of [3, 8]) {
      const from = log.size;
      await log.append(leavesOf(from, size));
      const { text, signatures } = parseNote(log.checkpoint());
      const stranger = signNote(text, "stranger.example", privateKeyFromSeed(new Uint8Array(32).fill(9)));
      await witness.addCheckpoint(await requestFrom(from, formatNote({ text, signatures: [stranger, ...signatures] })));
      const shown = parseNote((await witness.cosigned(originId(origin))) ?? "");
      expect(shown.text).toBe(text);
      expect(shown.signatures.map(({ name }) => name)).toEqual([origin, "witness.example"]);
      expect(verifyCosignature(shown, witness.verifierKey).timeUnix).toBe(1_700_000_000);
    }
    await witness.addCheckpoint(await requestFrom(0));
    expect(parseNote((await witnessOn(store).cosigned(originId(origin))) ?? "").text).toContain("\n8\n");
    expect(await witness.cosigned("../held/x")).toBeUndefined();
  });

  it("cosigns a log as it grows, and again at the same size", async () => {
    const witness = witnessOn(store);
    for (const [oldSize, size] of [
      [0, 0],
      [0, 5],
      [5, 5],
      [5, 300],
    ] as const) {
      if (size > log.size) await log.append(leavesOf(log.size, size));
      const answer = await witness.addCheckpoint(await requestFrom(oldSize));
      expect(answer).toMatchObject({ status: 200, contentType: "text/plain; charset=utf-8" });
      const note = parseNote(log.checkpoint() + answer.body);
      expect(verifyCosignature(note, witness.verifierKey).timeUnix).toBe(1_700_000_000);
      expect((await witness.held(origin))?.treeSize).toBe(size);
    }
  });

  it("answers 409 with the size that it holds, and nothing else changes", async () => {
    const witness = witnessOn(store);
    const { checkpoint: early } = await log.append(leavesOf(0, 3));
    await log.append(leavesOf(3, 8));
    await witness.addCheckpoint(await requestFrom(0));
    const conflict = { status: 409, body: "8\n", contentType: "text/x.tlog.size" };
    expect(await witness.addCheckpoint(await requestFrom(0))).toEqual(conflict);
    expect(await witness.addCheckpoint(await requestFrom(3))).toEqual(conflict);
    expect(await witness.addCheckpoint(await requestFrom(0, early))).toEqual(conflict);
    expect(await witness.addCheckpoint(await requestFrom(3, early))).toEqual(conflict);
    expect((await witness.held(origin))?.treeSize).toBe(8);
  });

  it("answers 409 to another root of the size that it holds, 422 to one that does not extend it", async () => {
    const witness = witnessOn(store);
    await log.append(leavesOf(0, 4));
    await witness.addCheckpoint(await requestFrom(0));
    const forked = (size: number): string => {
      const rootHash = merkleRoot(leavesOf(100, 100 + size).map(hashLeaf));
      return signCheckpoint({ origin, treeSize: size, rootHash }, key);
    };
    const same = formatAddCheckpoint({ oldSize: 4, proof: [], checkpoint: forked(4) });
    expect(await witness.addCheckpoint(same)).toMatchObject({ status: 409, body: "4\n" });
    await log.append(leavesOf(4, 6));
    const proof = await log.consistencyProof(4, 6);
    const larger = formatAddCheckpoint({ oldSize: 4, proof, checkpoint: forked(6) });
    expect(await witness.addCheckpoint(larger)).toMatchObject({ status: 422 });
    expect(await witness.addCheckpoint(await requestFrom(4))).toMatchObject({ status: 200 });
  });

  it("answers 422 to a proof where none is due, and to one that is cut", async () => {
    const witness = witnessOn(store);
    await log.append(leavesOf(0, 7));
    const checkpoint = log.checkpoint();
    const extra = formatAddCheckpoint({ oldSize: 0, proof: [new Uint8Array(32)], checkpoint });
    expect(await witness.addCheckpoint(extra)).toMatchObject({ status: 422 });
    await witness.addCheckpoint(await requestFrom(0));
    await log.append(leavesOf(7, 9));
    const proof = (await log.consistencyProof(7, 9)).slice(1);
    const cut = formatAddCheckpoint({ oldSize: 7, proof, checkpoint: log.checkpoint() });
    expect(await witness.addCheckpoint(cut)).toMatchObject({ status: 422 });
  });

  it("answers 404 to a log it does not know, before any other judgement of the note", async () => {
    const stranger = { origin: "other.example/feed", treeSize: 0, rootHash: merkleRoot([]) };
    const body = formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint: signCheckpoint(stranger, key) });
    expect(await witnessOn(store).addCheckpoint(body)).toMatchObject({ status: 404 });
    for await (const entry of store.entries({})) expect(entry).toBeUndefined();
  });

  it("answers 403 to a note that the log did not sign, and to one with a bad line of its key", async () => {
    await log.append(leavesOf(0, 2));
    const { text, signatures } = parseNote(log.checkpoint());
    const byOther = signNote(text, origin, witnessKey);
    const [own] = signatures;
    if (own === undefined) throw new Error("unsigned");
    const bad = { ...own, signature: own.signature.map((byte) => byte ^ 1) };
    for (const lines of [[byOther], [bad], [own, bad]]) {
      const checkpoint = formatNote({ text, signatures: lines });
      const body = formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint });
      expect(await witnessOn(store).addCheckpoint(body)).toMatchObject({ status: 403 });
    }
    const unreadable = (await requestFrom(0)).replace(/.{4}\n$/, "\n");
    expect(await witnessOn(store).addCheckpoint(unreadable)).toMatchObject({ status: 403 });
    const checkpoint = formatNote({ text, signatures: [byOther, own] });
    const accepted = formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint });
    expect(await witnessOn(store).addCheckpoint(accepted)).toMatchObject({ status: 200 });
  });

  it("answers 400 to an old size above the checkpoint's, and to what is no request or too long", async () => {
    const witness = witnessOn(store);
    await log.append(leavesOf(0, 2));
    expect(await witness.addCheckpoint(await requestFrom(3))).toMatchObject({ status: 400 });
    const request = await requestFrom(0);
    const malformed = [
      "",
      "old 0\n\n",
      request.slice(0, -1),
      `${request}${" ".repeat(MAX_ADD_CHECKPOINT_BYTES)}`,
      request.replace("old 0", "old 00"),
      request.replace(`${origin}\n2\n`, `${origin}\n02\n`),
    ];
    for (const body of malformed) expect((await witness.addCheckpoint(body)).status).toBe(400);
  });

  it("answers something to every text", async () => {
    const witness = witnessOn(store);
    await log.append(leavesOf(0, 2));
    const request = await requestFrom(0);
    const damaged = fc
      .tuple(fc.nat(request.length), fc.nat(3), fc.string({ maxLength: 3 }))
      .map(([at, cut, insert]) => request.slice(0, at) + insert + request.slice(at + cut));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), damaged), async (body) => {
        expect([200, 400, 403, 404, 409, 422]).toContain((await witness.addCheckpoint(body)).status);
      }),
    );
  });

  it("cosigns one of two histories, whatever arrives at once [LOG-3]", async () => {
    await log.append(leavesOf(0, 3));
    const twin = await openLog({ origin, key, store: openMemoryStore(), prefix: "log" });
    await twin.guard([]);
    await twin.append(leavesOf(50, 53));
    const bodies = [await requestFrom(0), await requestFrom(0, twin.checkpoint())];
    // Two services on one store: the lanes are apart, so compare-and-swap must decide.
    const answers = await Promise.all(bodies.map((body) => witnessOn(store).addCheckpoint(body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const witness = witnessOn(openMemoryStore());
    const inLane = await Promise.all(bodies.map((body) => witness.addCheckpoint(body)));
    expect(inLane.map(({ status }) => status)).toEqual([200, 409]);
  });

  it("has stored what it cosigned before it answers [WIT-1]", async () => {
    await log.append(leavesOf(0, 3));
    const before = witnessOn(new FailingStore(store, 0, "before"));
    await expect(before.addCheckpoint(await requestFrom(0))).rejects.toBeInstanceOf(PowerFailure);
    expect(await witnessOn(store).held(origin)).toBeUndefined();
    const after = witnessOn(new FailingStore(store, 0, "after"));
    await expect(after.addCheckpoint(await requestFrom(0))).rejects.toBeInstanceOf(PowerFailure);
    expect((await witnessOn(store).held(origin))?.treeSize).toBe(3);
  });

  it("goes on after a failure", async () => {
    await log.append(leavesOf(0, 3));
    let isDown = true;
    const witness = new WitnessService({
      name: "witness.example",
      key: witnessKey,
      store,
      prefix: "witness",
      keysOf: () => {
        if (isDown) throw new Error("down");
        return [logKey];
      },
      now: () => 1_700_000_000,
    });
    await expect(witness.addCheckpoint(await requestFrom(0))).rejects.toThrow("down");
    isDown = false;
    expect(await witness.addCheckpoint(await requestFrom(0))).toMatchObject({ status: 200 });
  });
});
