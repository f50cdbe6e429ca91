import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { encodeHex, utf8Encode } from "@tallystick/proto";
import fc from "fast-check";
import { Level } from "level";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFormat1 } from "./format-1.fixture.ts";
import { openLevelStore } from "./level-store.ts";
import { SEAL_1, SEAL_2 } from "./record-seal.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tally-format-"));
  path = join(folder, "store");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Some small, some so large that the migration takes several writes. */
const records: ReadonlyMap<string, Uint8Array> = new Map(
  Array.from({ length: 40 }, (_, n): [string, Uint8Array] => [
    `log/feed/leaf/${String(n).padStart(4, "0")}`,
    new Uint8Array(n % 4 === 0 ? 300_000 : n).fill(n),
  ]),
);

const digest = (entries: Iterable<[string, Uint8Array]>): string[] =>
  [...entries].map(([key, value]) => `${key} ${value.length} ${crc32(value)}`);

async function held(at = path): Promise<string[]> {
  const store = await openLevelStore(at, { createIfMissing: false });
  const entries: [string, Uint8Array][] = [];
  for await (const entry of store.entries({})) entries.push(entry);
  await store.close();
  return digest(entries);
}

async function raw<T>(action: (database: Level<string, Uint8Array>) => Promise<T>): Promise<T> {
  const database = new Level<string, Uint8Array>(path, { valueEncoding: "view" });
  const result = await action(database);
  await database.close();
  return result;
}

const formatText = (): Promise<string> =>
  raw(async (database) => new TextDecoder().decode(await database.get("meta/format")));

class Stopped extends Error {}

describe("a store of format 1", () => {
  it("is brought to format 2 when it is opened, and says how far it is", async () => {
    await writeFormat1(path, records);
    const seen: number[] = [];
    const store = await openLevelStore(path, {
      createIfMissing: false,
      onMigration: ({ from, to, records: done }) => {
        expect([from, to]).toEqual([1, 2]);
        seen.push(done);
      },
    });
    await store.close();
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toBe(records.size);
    expect(await held()).toEqual(digest(records));
    expect(await formatText()).toBe("tallystick-store/2");
    expect(await raw((database) => database.get("meta/migration"))).toBeUndefined();
  });

  it("goes on where a migration was cut off, at whatever write", async () => {
    await writeFormat1(path, records);
    for (let stopAt = 1; ; stopAt++) {
      const copy = `${path}.${stopAt}`;
      await cp(path, copy, { recursive: true });
      let writes = 0;
      const attempt = openLevelStore(copy, {
        createIfMissing: false,
        onMigration: () => {
          writes += 1;
          if (writes === stopAt) throw new Stopped();
        },
      });
      const stopped = await attempt.then(
        (store) => store.close(),
        (error: Error) => error.cause,
      );
      expect(await held(copy)).toEqual(digest(records));
      await rm(copy, { recursive: true });
      if (stopped === undefined) break;
      expect(stopped).toBeInstanceOf(Stopped);
    }
  });

  it("is left as it was where a record is damaged: STORE_CORRUPT", async () => {
    await writeFormat1(path, records);
    const [key] = [...records.keys()].slice(-2) as [string];
    await raw(async (database) => {
      const stored = (await database.get(key)) as Uint8Array;
      stored[0] = (stored[0] as number) ^ 1;
      await database.put(key, stored);
    });
    const before = await raw((database) => database.iterator().all());
    const attempt = openLevelStore(path, { createIfMissing: false });
    await expect(attempt).rejects.toMatchObject({
      code: "STORE_CORRUPT",
      details: { reason: expect.stringContaining(key) },
    });
    const after = await raw((database) => database.iterator().all());
    expect(after.map(([name, value]) => name + encodeHex(value))).toEqual(
      before.map(([name, value]) => name + encodeHex(value)),
    );
  });

  it("is refused where nothing is to be changed: STORE_FORMAT_UNSUPPORTED", async () => {
    await writeFormat1(path, records);
    const attempt = openLevelStore(path, { createIfMissing: false, keepFormat: true });
    await expect(attempt).rejects.toMatchObject({ details: { found: "tallystick-store/1" } });
    expect(await formatText()).toBe("tallystick-store/1");
  });
});

describe("a store of a format that this release does not know", () => {
  it.each(["tallystick-store/3", "tallystick-store/0", "tallystick-store/2 ", "other"])(
    "is refused: %s",
    async (format) => {
      await raw((database) => database.put("meta/format", utf8Encode(format)));
      const attempt = openLevelStore(path, { createIfMissing: true });
      await expect(attempt).rejects.toMatchObject({ code: "STORE_FORMAT_UNSUPPORTED", details: { found: format } });
    },
  );
});

describe("a record's checksum", () => {
  it("holds for its key and value alone", () => {
    const key = fc.stringMatching(/^[\x21-\x7e]{1,12}$/);
    const value = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(key, value, key, value, (keyA, a, keyB, b) => {
        expect(SEAL_2.open(keyA, SEAL_2.seal(keyA, a))).toEqual(a);
        const same = keyA === keyB && encodeHex(a) === encodeHex(b);
        const moved = SEAL_2.seal(keyA, a);
        moved.set(b.subarray(0, a.length));
        if (!same && b.length >= a.length && encodeHex(b.subarray(0, a.length)) !== encodeHex(a)) {
          expect(SEAL_2.isSealed(keyA, moved)).toBe(false);
        }
      }),
    );
  });

  it("tells where the key ends, which that of format 1 did not", () => {
    const sealed = (seal: typeof SEAL_1): boolean => {
      const whole = seal.seal("leaf/1", utf8Encode("2x"));
      // The first byte of the value has become the last of the key.
      return seal.isSealed("leaf/12", whole.subarray(1));
    };
    expect(sealed(SEAL_1)).toBe(true);
    expect(sealed(SEAL_2)).toBe(false);
  });
});
