import { utf8Encode } from "@tallystick/proto";
import type { Level } from "level";
import { z } from "zod";
import { registryError } from "../../errors.ts";
import { SEAL_1, SEAL_2 } from "./record-seal.ts";

export type Database = Level<string, Uint8Array>;

/** Written without a checksum: whatever comes later can read it. */
const FORMAT_KEY = "meta/format";
/** There while records are being brought to the format that the store already says it has. */
const MIGRATION_KEY = "meta/migration";
const VERSION = 2;
const FORMAT = /^tallystick-store\/(\d{1,6})$/;

const formatOf = (version: number): string => `tallystick-store/${version}`;

/** Records that say how the others are stored; a Store does not show them. */
export const FORMAT_KEYS: ReadonlySet<string> = new Set([FORMAT_KEY, MIGRATION_KEY]);

/** One version to the next, record by record, each as it is stored. @throws STORE_CORRUPT on what the old version would refuse */
type Step = (key: string, stored: Uint8Array) => Uint8Array;

/** By the version that a step begins at. */
const STEPS: ReadonlyMap<number, Step> = new Map([[1, (key, stored) => SEAL_2.seal(key, SEAL_1.open(key, stored))]]);

export interface FormatOptions {
  /** True where nothing is to be changed: a store that an older release wrote is refused, not migrated. */
  readonly keepFormat?: boolean;
  /** Hears how many records of an older store were brought to which version; must not throw. */
  readonly onMigration?: OnMigration;
}

export type OnMigration = (progress: { readonly from: number; readonly to: number; readonly records: number }) => void;

/**
 * Brings a store to this release's format, or begins one. Interrupted at any moment, it goes on from there the next time.
 * Nothing is changed where a record is damaged.
 *
 * @throws STORE_FORMAT_UNSUPPORTED for a newer format or a foreign folder, STORE_CORRUPT
 */
export async function ensureFormat(database: Database, options: FormatOptions): Promise<void> {
  const { keepFormat = false, onMigration = () => {} } = options;
  const stored = await database.get(FORMAT_KEY);
  if (stored === undefined) {
    const [anyKey] = await database.keys({ limit: 1 }).all();
    if (anyKey !== undefined) throw unsupported("none");
    await database.put(FORMAT_KEY, utf8Encode(formatOf(VERSION)), { sync: true });
    return;
  }
  const text = new TextDecoder().decode(stored.subarray(0, 64));
  let version = Number(FORMAT.exec(text)?.[1] ?? Number.NaN);
  if (!(version >= 1 && version <= VERSION)) throw unsupported(text);
  const unfinished = await database.get(MIGRATION_KEY);
  if (keepFormat && (unfinished !== undefined || version < VERSION)) throw unsupported(text);
  if (unfinished !== undefined) {
    const { from, after } = parseProgress(unfinished);
    await runStep(database, from, after, onMigration);
  }
  for (; version < VERSION; version++) {
    await requireStep(database, version);
    await database.batch(
      [
        { type: "put", key: FORMAT_KEY, value: utf8Encode(formatOf(version + 1)) },
        { type: "put", key: MIGRATION_KEY, value: formatProgress(version, "") },
      ],
      { sync: true },
    );
    await runStep(database, version, "", onMigration);
  }
}

const unsupported = (found: string): Error =>
  registryError("STORE_FORMAT_UNSUPPORTED", { found, supported: formatOf(VERSION) });

const progressSchema = z.strictObject({ from: z.int().min(1), after: z.string() });

const formatProgress = (from: number, after: string): Uint8Array => utf8Encode(JSON.stringify({ from, after }));

function parseProgress(bytes: Uint8Array): z.infer<typeof progressSchema> {
  try {
    return progressSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw registryError("STORE_CORRUPT", { reason: `${MIGRATION_KEY} is not what was written there` }, { cause });
  }
}

function stepFrom(version: number): Step {
  const step = STEPS.get(version);
  if (step === undefined) throw unsupported(formatOf(version));
  return step;
}

/** Tries the step on every record. @throws STORE_CORRUPT */
async function requireStep(database: Database, version: number): Promise<void> {
  const step = stepFrom(version);
  for await (const [key, stored] of database.iterator({ fillCache: false })) {
    if (!FORMAT_KEYS.has(key)) step(key, stored);
  }
}

const BATCH_BYTES = 1024 * 1024;

/** Each batch is one write with how far it came, so that no record is taken twice. */
async function runStep(database: Database, from: number, after: string, onMigration: OnMigration): Promise<void> {
  const step = stepFrom(from);
  let batch: { type: "put"; key: string; value: Uint8Array }[] = [];
  let [bytes, records] = [0, 0];
  for await (const [key, stored] of database.iterator({ gt: after, fillCache: false })) {
    if (FORMAT_KEYS.has(key)) continue;
    batch.push({ type: "put", key, value: step(key, stored) });
    bytes += key.length + stored.length;
    records += 1;
    if (bytes < BATCH_BYTES) continue;
    await database.batch([...batch, { type: "put", key: MIGRATION_KEY, value: formatProgress(from, key) }]);
    onMigration({ from, to: from + 1, records });
    [batch, bytes] = [[], 0];
  }
  await database.batch([...batch, { type: "del", key: MIGRATION_KEY }], { sync: true });
  onMigration({ from, to: from + 1, records });
}
