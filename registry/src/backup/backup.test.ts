import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { concatBytes, isTallyError, utf8Encode } from "@tallystick/proto";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLevelStore } from "../adapters/level/level-store.ts";
import { openMemoryStore } from "../adapters/memory/memory-store.ts";
import { checkRecords } from "../check/sound-records.ts";
import { formatStateRecord } from "../log/log-records.ts";
import type { Store } from "../ports/store.ts";
import { makeFrame, readFrames } from "./archive-frames.ts";
import { packRecords } from "./archive-records.ts";
import { type ReadBackup, readBackup } from "./read-backup.ts";
import { restoreBackup } from "./restore-backup.ts";
import { isRestored } from "./restored-mark.ts";
import { writeBackup } from "./write-backup.ts";

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tally-backup-"));
  await mkdir(join(folder, "home", "keys"), { recursive: true });
  await writeFile(join(folder, "home", "identity.json"), "{}");
  await writeFile(join(folder, "home", "keys", "attest.json"), "secret");
  store = openMemoryStore();
  const state = { origin: "log.example/feed", treeSize: 3, rootHash: new Uint8Array(32).fill(7) };
  await store.write([
    { type: "put", key: "log/feed/state", value: formatStateRecord(state) },
    { type: "put", key: "a", value: new Uint8Array() },
    { type: "put", key: "big", value: new Uint8Array(300_000).map((_, i) => (i * 7919) % 251) },
    { type: "put", key: "z", value: utf8Encode("last") },
    { type: "put", key: "meta/restored", value: utf8Encode("1") },
  ]);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const header = { kind: "node", of: "did:web:a.example", madeAt: "2026-11-24T00:00:00Z", software: "test" } as const;
const FILES = ["identity.json", "network.json"];

const backup = (): AsyncIterable<Uint8Array> =>
  writeBackup({ header, home: join(folder, "home"), files: FILES, store });

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return concatBytes(...all);
}

async function* inPieces(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const target = (): string => join(folder, "restored");

function restore(
  source: AsyncIterable<Uint8Array>,
  more: { newest?: boolean; keysFrom?: string } = {},
): Promise<ReadBackup> {
  return restoreBackup({
    source,
    kind: "node",
    home: target(),
    examine: async (_home, restored, check) => ({
      ...(await checkRecords(restored, () => ({ consequence: "lost", derived: false }), check)),
      logs: [],
    }),
    ...more,
  });
}

describe("a backup", () => {
  it("holds every record and the public files, and says what it holds", async () => {
    const { manifest } = await restore(backup());
    expect(manifest).toMatchObject({
      records: 4,
      files: ["identity.json"],
      logs: [{ origin: "log.example/feed", size: 3 }],
    });
    const restored = await openLevelStore(join(target(), "store"), { createIfMissing: false });
    for (const key of ["a", "big", "z", "log/feed/state"])
      expect(await restored.get(key)).toEqual(await store.get(key));
    expect(await isRestored(restored)).toBe(true);
    await restored.close();
    expect(await readFile(join(target(), "identity.json"), "utf8")).toBe("{}");
    expect((await stat(target())).mode & 0o777).toBe(0o700);
  });

  it("holds no key; keys come from where they are kept", async () => {
    const bytes = await collect(backup());
    expect(Buffer.from(gunzipSync(bytes)).includes("secret")).toBe(false);
    await mkdir(join(folder, "home", "tls"));
    await restore(inPieces(bytes), { keysFrom: join(folder, "home") });
    expect(await readFile(join(target(), "keys", "attest.json"), "utf8")).toBe("secret");
  });

  it("is of one moment, whatever is written meanwhile", async () => {
    const chunks = backup()[Symbol.asyncIterator]();
    const first = await chunks.next();
    await nextTurn();
    await store.write([{ type: "put", key: "z", value: utf8Encode("later") }]);
    const rest = await collect({ [Symbol.asyncIterator]: () => chunks });
    await restore(inPieces(concatBytes(first.value ?? new Uint8Array(), rest)));
    const restored = await openLevelStore(join(target(), "store"), { createIfMissing: false });
    expect(Buffer.from((await restored.get("z")) ?? []).toString()).toBe("last");
    await restored.close();
  });

  it("is refused where its end is missing: BACKUP_INVALID, and nothing is left", async () => {
    const bytes = await collect(backup());
    for (const length of [0, 1, 20, bytes.length >> 1, bytes.length - 9, bytes.length - 1]) {
      await expect(restore(inPieces(bytes.subarray(0, length)))).rejects.toMatchObject({ code: "BACKUP_INVALID" });
    }
    expect(await readdir(folder)).toEqual(["home"]);
  });

  it("is refused with any bit flipped, or is the same", async () => {
    await store.write([{ type: "del", key: "big" }]);
    const bytes = await collect(backup());
    const { manifest } = await readBackup(inPieces(bytes), {});
    let refused = 0;
    for (let n = 0; n < 400; n++) {
      const damaged = bytes.slice();
      const bit = Math.floor((n * (bytes.length * 8 - 8)) / 400) + (n % 8);
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      try {
        // Only of what says nothing, as when the gzip file was made, can a bit be another.
        expect((await readBackup(inPieces(damaged), {})).manifest).toEqual(manifest);
      } catch (error) {
        expect(isTallyError(error, "BACKUP_INVALID")).toBe(true);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(370);
  });

  it("is refused where its parts are not what they should be", async () => {
    const frame = (type: Parameters<typeof makeFrame>[0], content: unknown): Uint8Array =>
      makeFrame(type, utf8Encode(JSON.stringify(content))).bytes;
    const plain = gunzipSync(await collect(backup()));
    const first = frame("header", { format: "tallystick-backup", v: 1, ...header });
    const archives: readonly Uint8Array[] = [
      concatBytes(plain, frame("records", [])),
      concatBytes(first, first),
      plain.subarray(first.length),
      frame("header", { format: "tallystick-backup", v: 2, ...header }),
      concatBytes(first, frame("file", { path: "../identity.json", mode: 0o600, content: "" })),
      concatBytes(first, frame("file", { path: "/etc/passwd", mode: 0o600, content: "" })),
      concatBytes(first, makeFrame("records", new Uint8Array([0, 1, 0xff, 0xff, 0xff, 0xff, 65])).bytes),
      concatBytes(first, makeFrame("records", new Uint8Array([0, 1, 0, 0, 0, 0, 10])).bytes),
      concatBytes(first, makeFrame("records", packRecords([["meta/format", new Uint8Array()]])).bytes),
      concatBytes(first, new Uint8Array([0x52, 0xff, 0xff, 0xff, 0xff])),
      frame("header", { format: "tallystick-backup", v: 1, ...header, kind: "registry" }),
    ];
    for (const archive of archives) {
      await expect(restore(inPieces(gzipSync(archive)))).rejects.toMatchObject({ code: "BACKUP_INVALID" });
    }
    await expect(restore(inPieces(utf8Encode("no gzip at all")))).rejects.toMatchObject({ code: "BACKUP_INVALID" });
    expect(await readdir(folder)).toEqual(["home"]);
  });
});

describe("an archive's frames", () => {
  it("are the same in whatever pieces they come", async () => {
    const payload = fc.uint8Array({ maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.array(payload, { maxLength: 6 }), fc.integer({ min: 1, max: 50 }), async (payloads, size) => {
        const frames = payloads.map((each) => makeFrame("records", each));
        const read: Uint8Array[] = [];
        for await (const frame of readFrames(inPieces(concatBytes(...frames.map(({ bytes }) => bytes)), size))) {
          expect(frame.type).toBe("records");
          read.push(frame.payload.slice());
        }
        expect(read).toEqual(payloads);
      }),
    );
  });
});

describe("restoring", () => {
  it("overwrites nothing: RESTORE_TARGET_EXISTS", async () => {
    await mkdir(target());
    await writeFile(join(target(), "something"), "here");
    await expect(restore(backup())).rejects.toMatchObject({ code: "RESTORE_TARGET_EXISTS" });
    expect(await readdir(target())).toEqual(["something"]);
    await rm(join(target(), "something"));
    await restore(backup());
    await expect(restore(backup())).rejects.toMatchObject({ code: "RESTORE_TARGET_EXISTS" });
  });

  it("leaves out the mark where the owner says that nothing was signed since", async () => {
    await restore(backup(), { newest: true });
    const restored = await openLevelStore(join(target(), "store"), { createIfMissing: false });
    expect(await isRestored(restored)).toBe(false);
    await restored.close();
  });

  it("takes over where another was cut off", async () => {
    await mkdir(join(`${target()}.restoring`, "store"), { recursive: true });
    await writeFile(join(`${target()}.restoring`, "store", "CURRENT"), "half");
    await restore(backup());
    expect((await readdir(folder)).sort()).toEqual(["home", "restored"]);
  });
});
