import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { DamagedFile, readRecordFile } from "./level-log-file.ts";
import { type Manifest, readManifest, type TableEntry } from "./level-manifest.ts";
import { checkTable } from "./level-table-file.ts";

/** Something wrong with a file of a LevelDB store. `keys`: after the first, up to the second; undefined where it may be any. */
export interface FileDamage {
  readonly file: string;
  readonly what: string;
  readonly keys?: { readonly after: string; readonly last: string };
}

export interface InspectOptions {
  /** Tables are read up to so many bytes in all, the newest first; of the others the size is compared. */
  readonly maxTableBytes: number;
  readonly onProgress?: (bytes: number) => void;
}

/**
 * Looks for damage that LevelDB would pass over in silence: a record of the write-ahead log that does not match its checksum,
 * which it leaves out; a table's block that does not, which it reads all the same. Reads only.
 */
export async function inspectStoreFiles(path: string, options: InspectOptions): Promise<FileDamage[]> {
  const manifestName = await currentManifest(path);
  if (manifestName === undefined) return [{ file: "CURRENT", what: "it does not name a manifest" }];
  const manifest = await readOr(path, manifestName, readManifest);
  if (!("tables" in manifest)) return [manifest];
  return [...(await inspectLogs(path, manifest)), ...(await inspectTables(path, manifest.tables, options))];
}

async function currentManifest(path: string): Promise<string | undefined> {
  const text = await readFile(join(path, "CURRENT"), "utf8").catch(() => "");
  return /^(MANIFEST-\d{6,})\n$/.exec(text)?.[1];
}

async function readOr<T>(path: string, file: string, read: (bytes: Uint8Array) => T): Promise<T | FileDamage> {
  try {
    return read(await readFile(join(path, file)));
  } catch (error) {
    if (error instanceof DamagedFile) return { file, what: error.message };
    if ((error as { code?: string }).code === "ENOENT") return { file, what: "it is missing" };
    throw error;
  }
}

async function inspectLogs(path: string, { logNumber, previousLogNumber }: Manifest): Promise<FileDamage[]> {
  const numbers = (await readdir(path)).flatMap((name) => {
    const number = /^(\d+)\.log$/.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  const damage: FileDamage[] = [];
  // What was written last is in it. A store that was just being made has none yet, and says 0.
  if (logNumber !== 0 && !numbers.includes(logNumber))
    damage.push({ file: fileName(logNumber, "log"), what: "it is missing" });
  for (const number of numbers.filter((one) => one >= logNumber || one === previousLogNumber)) {
    const read = await readOr(path, fileName(number, "log"), (bytes) => readRecordFile(bytes).length);
    if (typeof read !== "number") damage.push(read);
  }
  return damage;
}

async function inspectTables(
  path: string,
  tables: readonly TableEntry[],
  { maxTableBytes, onProgress }: InspectOptions,
): Promise<FileDamage[]> {
  const damage: FileDamage[] = [];
  let bytes = 0;
  for (const table of tables.toSorted((a, b) => b.number - a.number)) {
    const { number, sizeBytes, firstKey, lastKey } = table;
    const file = fileName(number, "ldb");
    const found = await stat(join(path, file)).catch(() => undefined);
    const keys = { after: before(firstKey), last: lastKey };
    if (found === undefined) damage.push({ file, what: "it is missing", keys });
    else if (found.size !== sizeBytes) {
      damage.push({ file, what: `it has ${found.size} bytes instead of ${sizeBytes}`, keys });
    } else if (bytes + sizeBytes <= maxTableBytes) {
      bytes += sizeBytes;
      for (const block of checkTable(await readFile(join(path, file)))) {
        damage.push({ file, what: block.what, keys: block.keys ?? keys });
      }
      onProgress?.(bytes);
    }
  }
  return damage;
}

const fileName = (number: number, kind: string): string => `${String(number).padStart(6, "0")}.${kind}`;

/** A text that sorts just before a key: what comes after it includes the key. */
const before = (key: string): string => key.slice(0, -1);
