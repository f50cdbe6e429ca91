import { addSignatures, formatCheckpoint, parseNote, signCheckpointAsync } from "@tallystick/proto";
import { registryError } from "../errors.ts";
import type { Store } from "../ports/store.ts";
import { LogKeys, loadLogState, putText, readText } from "./log-records.ts";
import { checkpointOf, type LogState } from "./plan-append.ts";
import { type FinalNote, type LogOptions, TiledLog } from "./tiled-log.ts";

/**
 * Opens the log that the store holds under the prefix, or begins one. It is locked until `guard` was called.
 * @throws LOG_ORIGIN_MISMATCH, STORE_CORRUPT and the other STORE_ codes
 */
export async function openLog(options: LogOptions): Promise<TiledLog> {
  const { store, origin, isFinal = hasCosignature, maySign = () => true } = options;
  const keys = new LogKeys(options.prefix);
  const { state, record } = await loadLogState(store, keys, origin);
  const note = await ensureNote({ ...options, maySign }, keys, state);
  const finalNote = await readFinalNote(store, keys);
  return new TiledLog({ options, isFinal, maySign, keys, state, record, note, finalNote });
}

/**
 * The archived note of the stored state, signed by the present key. A crash may have come between write and signature, or
 * the key may have changed since. Size and root are the stored ones, so signing them again contradicts nothing. A key that may not sign yet
 * adds nothing to what is signed already; a note that was not signed at all is signed even so, because there is no log without one.
 */
async function ensureNote(
  { store, key, maySign }: LogOptions & Required<Pick<LogOptions, "maySign">>,
  keys: LogKeys,
  state: LogState,
): Promise<string> {
  const checkpoint = checkpointOf(state);
  const recordKey = keys.checkpoint(checkpoint.treeSize);
  const archived = await readText(store, recordKey);
  if (archived !== undefined && parseNote(archived).text !== formatCheckpoint(checkpoint)) {
    throw registryError("STORE_CORRUPT", { reason: `${recordKey}: another root than the state's` });
  }
  if (archived !== undefined && !maySign()) return archived;
  const signed = await signCheckpointAsync(checkpoint, key);
  const note = archived === undefined ? signed : addSignatures(archived, parseNote(signed).signatures);
  if (note !== archived) await store.write([putText(recordKey, note)]);
  return note;
}

async function readFinalNote(store: Store, keys: LogKeys): Promise<FinalNote | undefined> {
  const text = await readText(store, keys.final);
  if (text === undefined) return undefined;
  const size = Number(text);
  const note = await readText(store, keys.checkpoint(size));
  if (note === undefined) throw registryError("STORE_CORRUPT", { reason: `no checkpoint of the final size ${text}` });
  return { size, note };
}

function hasCosignature(noteText: string): boolean {
  const { signatures } = parseNote(noteText);
  return signatures.some(({ name }) => name !== signatures[0]?.name);
}
