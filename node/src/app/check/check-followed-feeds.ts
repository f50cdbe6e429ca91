import {
  appendLeafHash,
  decodeBase64url,
  decodeUtf8,
  EMPTY_FRONTIER,
  equalBytes,
  type Frontier,
  hashJws,
  hashLeaf,
  isTallyError,
  openCheckpoint,
  parseLeaf,
  rootOf,
} from "@tallystick/proto";
import { endOfPrefix, type SoundRecords, type StoreCheck } from "@tallystick/registry";
import { type FeedState, parseFeedState } from "../../core/subscription/feed-state.ts";
import { keys, readRecord, records } from "../node-records.ts";
import type { CheckpointKeys } from "./checkpoint-keys.ts";

const FOLLOW = "follow/";
const PROGRESS_EVERY = 65_536;
const STUCK = "what comes next of this feed is refused";
const UNPROVED = "entries that were counted cannot be proved";

/** Checks every followed feed: its leaves give the frontier that is held and the note's root, and attestations hash to their leaves. */
export async function checkFollowedFeeds(
  store: SoundRecords,
  checkpointKeys: CheckpointKeys,
  check: StoreCheck,
): Promise<readonly { readonly origin: string; readonly size: number }[]> {
  const checked: { origin: string; size: number }[] = [];
  for (const origin of await followedOrigins(store)) {
    const state = await readState(store, origin, check);
    if (state === undefined) continue;
    await checkFeed(store, state, checkpointKeys, check);
    checked.push({ origin, size: state.frontier.size });
  }
  return checked;
}

async function followedOrigins(store: SoundRecords): Promise<readonly string[]> {
  const origins: string[] = [];
  for (let from = FOLLOW; ; ) {
    let found: string | undefined;
    for await (const [key] of store.entries({ gte: from, lt: endOfPrefix(FOLLOW), limit: 1 })) found = key;
    const name = found?.slice(FOLLOW.length).split("/", 1)[0];
    if (name === undefined) return origins;
    origins.push(new TextDecoder().decode(decodeBase64url(name)));
    from = endOfPrefix(`${FOLLOW}${name}/`);
  }
}

async function readState(store: SoundRecords, origin: string, check: StoreCheck): Promise<FeedState | undefined> {
  const key = keys.feedState(origin);
  const bytes = await store.get(key);
  if (bytes === undefined) {
    check.find(key, `is missing, though there are records of ${origin}`, STUCK, "restore");
    return undefined;
  }
  try {
    return parseFeedState(decodeUtf8(bytes));
  } catch {
    check.find(key, "is not the state of a feed", STUCK, "restore");
    return undefined;
  }
}

async function checkFeed(
  store: SoundRecords,
  state: FeedState,
  checkpointKeys: CheckpointKeys,
  check: StoreCheck,
): Promise<void> {
  const { origin } = state;
  let frontier: Frontier = EMPTY_FRONTIER;
  const range = { gte: keys.feedLeaf(origin, 0), lt: keys.feedLeaf(origin, state.frontier.size) };
  for await (const [key, leaf] of store.entries(range)) {
    if (key !== keys.feedLeaf(origin, frontier.size)) break;
    await checkAttestation(store, origin, frontier.size, leaf, check);
    frontier = appendLeafHash(frontier, hashLeaf(leaf));
    if (frontier.size % PROGRESS_EVERY === 0) check.progress(frontier.size, `leaves of ${origin}`);
  }
  if (frontier.size !== state.frontier.size) {
    check.find(keys.feedLeaf(origin, frontier.size), "is missing, or leaves after it", UNPROVED, "restore");
  } else if (!equalBytes(rootOf(frontier), rootOf(state.frontier))) {
    check.find(keys.feedState(origin), "holds another root than the leaves give", STUCK, "restore");
  } else if (state.note !== "") {
    checkNote(state, checkpointKeys, check);
  }
}

async function checkAttestation(
  store: SoundRecords,
  origin: string,
  index: number,
  leaf: Uint8Array,
  check: StoreCheck,
): Promise<void> {
  const key = keys.attestation(origin, index);
  const value = await store.get(key);
  if (value === undefined) return;
  try {
    const read = parseLeaf(leaf);
    const { jws } = readRecord(records.attestation, key, value);
    if ("jwsHash" in read && equalBytes(read.jwsHash, hashJws(jws))) return;
  } catch (error) {
    if (!isTallyError(error)) throw error;
  }
  check.find(key, "is not what the leaf commits to", UNPROVED, "restore");
}

function checkNote({ origin, note, frontier }: FeedState, checkpointKeys: CheckpointKeys, check: StoreCheck): void {
  const known = checkpointKeys.of(origin);
  const opens = known.some((key) => {
    try {
      const { treeSize, rootHash } = openCheckpoint(note, key).checkpoint;
      return treeSize === frontier.size && equalBytes(rootHash, rootOf(frontier));
    } catch (error) {
      if (!isTallyError(error)) throw error;
      return false;
    }
  });
  if (opens || known.length === 0) return;
  check.find(keys.feedState(origin), "holds a note that its supplier did not sign over these leaves", STUCK, "restore");
}
