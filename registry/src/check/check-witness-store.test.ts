import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  formatAddCheckpoint,
  hashLeaf,
  makeVerifierKey,
  merkleRoot,
  privateKeyFromSeed,
  signCheckpoint,
  utf8Encode,
} from "@tallystick/proto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLevelStore } from "../adapters/level/level-store.ts";
import type { WriteOp } from "../ports/store.ts";
import { WitnessService } from "../witness/witness.ts";
import { checkStore, type StoreReport } from "./check-store.ts";
import { checkWitnessStore } from "./check-witness-store.ts";

const ORIGIN = "log.example/feed";
const logKey = privateKeyFromSeed(new Uint8Array(32).fill(1));

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "tally-witness-"));
  const store = await openLevelStore(path, { createIfMissing: true });
  const witness = new WitnessService({
    name: "witness.example",
    key: privateKeyFromSeed(new Uint8Array(32).fill(2)),
    store,
    prefix: "witness",
    keysOf: () => [makeVerifierKey(ORIGIN, "ed25519", logKey.publicKey)],
    now: () => 1_700_000_000,
  });
  const rootHash = merkleRoot([hashLeaf(utf8Encode("one"))]);
  const checkpoint = signCheckpoint({ origin: ORIGIN, treeSize: 1, rootHash }, logKey);
  const { status } = await witness.addCheckpoint(formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint }));
  expect(status).toBe(200);
  await store.close();
});
afterEach(() => rm(path, { recursive: true, force: true }));

const check = (): Promise<StoreReport> => checkStore({ path, examine: checkWitnessStore });

async function change(edit: (key: string, value: Uint8Array) => WriteOp | undefined): Promise<void> {
  const store = await openLevelStore(path, { createIfMissing: false });
  const ops: WriteOp[] = [];
  for await (const [key, value] of store.entries({})) {
    const op = edit(key, value);
    if (op !== undefined) ops.push(op);
  }
  expect(ops).not.toEqual([]);
  await store.write(ops);
  await store.close();
}

const isHeld = (key: string): boolean => key.startsWith("witness/held/");

describe("a witness's store", () => {
  it("is sound after it cosigned, and names what it holds", async () => {
    expect(await check()).toMatchObject({ sound: true, findings: [], logs: [{ origin: ORIGIN, size: 1 }] });
  });

  it("is damaged where a state is none, or another log's, or not what it shows", async () => {
    const edits: readonly ((key: string, value: Uint8Array) => WriteOp | undefined)[] = [
      (key) => (isHeld(key) ? { type: "put", key, value: utf8Encode("{}") } : undefined),
      (key, value) => (isHeld(key) ? { type: "put", key: `witness/held/${"0".repeat(64)}`, value } : undefined),
      (key) => (isHeld(key) ? undefined : { type: "put", key, value: utf8Encode("no note") }),
    ];
    for (const edit of edits) {
      await change(edit);
      const { sound, findings } = await check();
      expect(sound).toBe(false);
      expect(findings[0]).toMatchObject({ mend: "restore", consequence: expect.stringContaining("new key") });
    }
  });
});
