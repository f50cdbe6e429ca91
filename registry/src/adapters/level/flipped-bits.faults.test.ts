import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { fillStore, readAllRecords, readWithFlippedBit, storeFiles } from "./damage.fixture.ts";

// Every part of every file of a small store, one flipped bit at a time.

/** A prime, so that bits of every place in a byte are flipped. */
const EVERY = 13;

const folder = await mkdtemp(join(tmpdir(), "tally-bits-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

it(`refuses a store with any bit flipped, or finds in it what was there: each ${EVERY}th bit`, async () => {
  const path = join(folder, "store");
  await fillStore(path, 60);
  const whole = await readAllRecords(path);
  await fillStore(path, 60);
  const outcomes = new Map<string, number>();
  for (const { name, sizeBytes } of await storeFiles(path)) {
    for (let bit = 0; bit < sizeBytes * 8; bit += EVERY) {
      const found = await readWithFlippedBit(path, name, bit);
      const outcome = found === whole ? "unchanged" : found;
      expect(outcome, `${name} bit ${bit}`).toMatch(
        /^(?:unchanged|STORE_(?:CORRUPT|FAILED|MISSING|FORMAT_UNSUPPORTED))$/,
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  }
  process.stdout.write(`flipped bits: ${JSON.stringify(Object.fromEntries(outcomes))}\n`);
  expect(outcomes.get("STORE_CORRUPT")).toBeGreaterThan(1_000);
});
