import { EMPTY_ROOT, isTallyError } from "@tallystick/proto";
import { formatStateRecord, LogKeys, parseStateRecord, type Store, type WriteOp } from "@tallystick/registry";
import { JOURNAL_PREFIX, under } from "./node-records.ts";

const keys = new LogKeys(JOURNAL_PREFIX);

/** `<feed>/journal`, and below it after each restore. */
const firstOrigin = (feedOrigin: string): string => `${feedOrigin}/journal`;

/** The name under which the stored journal goes on. */
export async function journalOrigin(store: Store, feedOrigin: string): Promise<string> {
  const record = await store.get(keys.state);
  const first = firstOrigin(feedOrigin);
  if (record === undefined) return first;
  try {
    const { origin } = parseStateRecord(record);
    return origin.startsWith(`${first}/`) ? origin : first;
  } catch (error) {
    if (!isTallyError(error)) throw error;
    // What is damaged is said where the journal is opened.
    return first;
  }
}

/**
 * Lets the journal of a restored store go on under a name of its own, with the entries it has. Nobody but the node itself knows how far
 * it had come: under the name it had, it might sign other roots for sizes that reports and bundles pin.
 *
 * @param life tells this restore from every other: lower-case letters and digits
 */
export async function renameJournal(store: Store, feedOrigin: string, life: string): Promise<void> {
  const record = await store.get(keys.state);
  const held = record === undefined ? { treeSize: 0, rootHash: EMPTY_ROOT } : parseStateRecord(record);
  const origin = `${firstOrigin(feedOrigin)}/${life}`;
  const ops: WriteOp[] = [{ type: "put", key: keys.state, value: formatStateRecord({ ...held, origin }) }];
  ops.push({ type: "del", key: keys.final });
  for await (const [key] of store.entries(under(`${JOURNAL_PREFIX}/checkpoint/`))) ops.push({ type: "del", key });
  await store.write(ops);
}
