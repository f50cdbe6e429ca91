import { encodeHex, isTallyError, parseCheckpoint, parseNote, sha256, utf8Encode } from "@tallystick/proto";
import type { ScannableStore } from "../adapters/level/level-store.ts";
import { parseStateRecord, readText } from "../log/log-records.ts";
import { endOfPrefix } from "../ports/store.ts";
import type { CheckedStore } from "./check-registry-store.ts";
import { checkRecords, type KeyKind, SoundRecords } from "./sound-records.ts";
import type { StoreCheck } from "./store-check.ts";

const HELD = "witness/held/";
const NOTES = "witness/note/";
const FORGOT =
  "it has forgotten what it cosigned, and might cosign a fork: do not start it; make a new witness with a new key";

function kindOf(key: string): KeyKind | undefined {
  if (/^witness\/held\/[0-9a-f]{64}$/.test(key)) return { consequence: FORGOT, derived: false };
  if (/^witness\/note\/[0-9a-f]{64}$/.test(key))
    return { consequence: "it cannot show what it cosigned", derived: true };
  if (/^witness\/note\/[0-9a-f]{64}$/.test(key)) {
    return { consequence: "it cannot show what it cosigned last; the next cosignature replaces it", derived: false };
  }
  if (key.startsWith("replica/")) return { consequence: "it does not start", derived: true };
  return undefined;
}

/**
 * Checks a witness's store: what it cosigned last of each log. Its copy of the registry needs the network's trust file, and is
 * verified whenever it starts.
 */
export async function checkWitnessStore(scannable: ScannableStore, check: StoreCheck): Promise<CheckedStore> {
  const counted = await checkRecords(scannable, kindOf, check);
  const logs: { origin: string; size: number }[] = [];
  const store = new SoundRecords(scannable);
  for await (const [key, value] of store.entries({ gte: HELD, lt: endOfPrefix(HELD) })) {
    try {
      const { origin, treeSize } = parseStateRecord(value);
      if (key !== `${HELD}${encodeHex(sha256(utf8Encode(origin)))}`) {
        check.find(key, `holds the state of another log, ${origin}`, FORGOT, "restore");
      }
      logs.push({ origin, size: treeSize });
      await checkNote(store, key.slice(HELD.length), treeSize, check);
    } catch (error) {
      if (!isTallyError(error)) throw error;
      check.find(key, "is not the state of a log", FORGOT, "restore");
    }
  }
  return { ...counted, logs };
}

/** What it shows of a log must be what it holds. Older states have no note. */
async function checkNote(store: SoundRecords, id: string, size: number, check: StoreCheck): Promise<void> {
  const key = `${NOTES}${id}`;
  const note = await readText(store, key);
  if (note === undefined) return;
  try {
    if (parseCheckpoint(parseNote(note).text).treeSize === size) return;
    check.find(key, `shows another size than it holds, ${size}`, FORGOT, "restore");
  } catch (error) {
    if (!isTallyError(error)) throw error;
    check.find(key, "is not a checkpoint", FORGOT, "restore");
  }
}
