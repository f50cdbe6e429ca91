import { mkdir, mkdtemp, readFile, rm, truncate, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeUtf8, utf8Encode } from "@tallystick/proto";
import fc from "fast-check";
import { Level } from "level";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { crc32c, masked, prefixCrcs } from "./crc32c.ts";
import { fillStore, readAllRecords, readChanged, readWithFlippedBit, storeFiles } from "./damage.fixture.ts";
import { inspectStoreFiles } from "./inspect-files.ts";
import { readRecordFile } from "./level-log-file.ts";
import { openLevelStore } from "./level-store.ts";
import { unsnap } from "./snappy.ts";

let folder: string;
let path: string;
let whole: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tally-damage-"));
  path = join(folder, "store");
  await fillStore(path, 90);
  whole = await readAllRecords(path);
  await fillStore(path, 90);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("CRC-32C", () => {
  it("is that of RFC 3720, appendix B.4", () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    expect(crc32c(utf8Encode("123456789"))).toBe(0xe3069283);
  });

  it("of every prefix is that of the prefix", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const each = [...bytes].map((_, at) => crc32c(bytes, 0, at + 1));
        expect([...prefixCrcs(bytes, 0, bytes.length)]).toEqual(each);
      }),
    );
  });
});

describe("a Snappy block", () => {
  it("is decompressed: literals and copies, also ones that overlap what they make", () => {
    // "aaaaaaaaaa" as one literal byte and a copy of nine from one byte back; then the same by a two-byte copy.
    expect(decodeUtf8(unsnap(new Uint8Array([10, 0, 97, 0x15, 1])))).toBe("aaaaaaaaaa");
    expect(decodeUtf8(unsnap(new Uint8Array([10, 0, 97, (8 << 2) | 2, 1, 0])))).toBe("aaaaaaaaaa");
  });

  it("is refused or decompressed, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          unsnap(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});

describe("a store's files", () => {
  it("are of every kind, and sound", async () => {
    const names = (await storeFiles(path)).map(({ name }) => name.replace(/\d+/, "N"));
    expect(new Set(names)).toEqual(new Set(["CURRENT", "MANIFEST-N", "N.ldb", "N.log"]));
    expect(await inspectStoreFiles(path, { maxTableBytes: Number.POSITIVE_INFINITY })).toEqual([]);
  });

  it("show any flipped bit that matters: the store does not open, or holds what it held", async () => {
    const outcomes = { refused: 0, unchanged: 0 };
    for (const { name, sizeBytes } of await storeFiles(path)) {
      const bits = sizeBytes * 8;
      for (let n = 0; n < 40; n++) {
        const found = await readWithFlippedBit(path, name, Math.floor(((n + 0.5) * bits) / 40));
        if (found === whole) outcomes.unchanged += 1;
        else {
          expect(found).toMatch(/^STORE_(?:CORRUPT|FAILED|MISSING|FORMAT_UNSUPPORTED)$/);
          outcomes.refused += 1;
        }
      }
    }
    // Without effect are but few: the footers' padding.
    expect(outcomes.refused).toBeGreaterThan(outcomes.unchanged * 20);
  });

  it("show which file is gone or cut, and what it held", async () => {
    const [table] = (await storeFiles(path)).filter(({ name }) => name.endsWith(".ldb"));
    const name = table?.name ?? "";
    const look = { maxTableBytes: 0 };
    await readChanged(path, async (copy) => {
      await truncate(join(copy, name), 100);
      const [damage] = await inspectStoreFiles(copy, look);
      expect(damage).toMatchObject({ file: name, keys: { last: expect.stringMatching(/^(?:log|meta)\//) } });
      await unlink(join(copy, name));
      expect(await inspectStoreFiles(copy, look)).toMatchObject([{ file: name, what: "it is missing" }]);
    });
    for (const { name: file } of (await storeFiles(path)).filter(({ name }) => /log$|^MANIFEST/.test(name))) {
      const found = await readChanged(path, (copy) => unlink(join(copy, file)));
      expect(found).toBe("STORE_CORRUPT");
    }
    expect(await readChanged(path, (copy) => writeFile(join(copy, "CURRENT"), "MANIFEST-9\n"))).toBe("STORE_CORRUPT");
  });
});

describe("a write-ahead log", () => {
  it("may end anywhere: what was written before the end is there, in order", async () => {
    const raw = join(folder, "raw");
    const database = new Level<string, string>(raw);
    for (let n = 0; n < 40; n++) await database.put(`key ${n}`, "x".repeat((n * 911) % 5_000));
    await database.close();
    const { name } = (await storeFiles(raw)).find((file) => file.name.endsWith(".log")) as { name: string };
    const file = await readFile(join(raw, name));
    const records = readRecordFile(file);
    expect(records).toHaveLength(40);
    for (let end = 0; end < file.length; end += 97) {
      const cut = readRecordFile(file.subarray(0, end));
      expect(cut).toEqual(records.slice(0, cut.length));
      // Grown, but its data not arrived: zeros from a sector on.
      const sector = Math.ceil(end / 512) * 512;
      const zeroed = file.slice();
      zeroed.fill(0, sector);
      const held = readRecordFile(zeroed);
      expect(held).toEqual(records.slice(0, held.length));
    }
  });
});

it("a store that was cut off while it was being made is no damage", async () => {
  const began = join(folder, "began");
  await mkdir(began);
  // What LevelDB writes first (NewDB): its comparator, log number 0, next file 2, last sequence 0.
  const name = utf8Encode("leveldb.BytewiseComparator");
  const record = new Uint8Array([1, 1, name.length, ...name, 2, 0, 3, 2, 4, 0]);
  const header = new DataView(new ArrayBuffer(6));
  header.setUint32(0, masked(crc32c(record)), true);
  header.setUint16(4, record.length - 1, true);
  await writeFile(join(began, "MANIFEST-000001"), new Uint8Array([...new Uint8Array(header.buffer), ...record]));
  await writeFile(join(began, "CURRENT"), "MANIFEST-000001\n");
  const store = await openLevelStore(began, { createIfMissing: true });
  await store.write([{ type: "put", key: "a", value: new Uint8Array(1) }]);
  await store.close();
  expect(await readAllRecords(began)).toBe("a 00");
});
