import type { AccessEvent, Store, WriteOp } from "@tallystick/registry";
import { z } from "zod";
import type { AccessDocument, AccessEntry } from "../core/documents.ts";
import type { AccessQuery } from "../ports/local-api.ts";
import { keys, putRecord, readAll } from "./node-records.ts";

/** Entries kept; the oldest go first. */
const MAX_ENTRIES = 20_000;
/** The same peer doing the same within so long is one entry, with a count. */
const COALESCE_SECONDS = 60;
/** Strangers that are told apart within that time; the others are counted together, so that they cannot push entries of members out. */
const MAX_STRANGERS = 16;
const FLUSH_MS = 1_000;
const DEFAULT_LIMIT = 100;

const recordSchema = z.strictObject({
  v: z.literal(1),
  firstUnix: z.int(),
  lastUnix: z.int(),
  count: z.int().min(1),
  road: z.enum(["tls", "libp2p", "local"]),
  publicKey: z.string().exactOptional(),
  did: z.string().exactOptional(),
  method: z.string().exactOptional(),
  refused: z.string().exactOptional(),
});
type AccessRecord = z.infer<typeof recordSchema>;

interface Open {
  readonly number: number;
  readonly record: AccessRecord;
}

export interface AccessLogOptions {
  readonly store: Store;
  /** Unix seconds. */
  readonly now: () => number;
  /** The member that holds a transport key, suspended or not. */
  readonly memberOf: (publicKey: string) => { readonly did: string; readonly suspended: boolean } | undefined;
}

/** Who came by which road for what, and whether it was let: kept in the store, bounded, and never in the way of a call (ROAD-3). */
export class AccessLog {
  readonly #options: AccessLogOptions;
  readonly #open = new Map<string, Open>();
  readonly #changed = new Set<Open>();
  #next: number;
  #oldest: number;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(options: AccessLogOptions, oldest: number, next: number) {
    this.#options = options;
    this.#oldest = oldest;
    this.#next = next;
  }

  /** @throws STORE_CORRUPT */
  static async open(options: AccessLogOptions): Promise<AccessLog> {
    const held = await readAll(options.store, keys.accesses, recordSchema);
    const number = (at: number): number | undefined => {
      const key = held.at(at)?.[0];
      return key === undefined ? undefined : Number(key.slice(keys.accesses.length));
    };
    const last = number(-1);
    return new AccessLog(options, number(0) ?? 0, last === undefined ? 0 : last + 1);
  }

  /** Notes an access. Returns at once; what was noted is on disk within a second or so. */
  note({ road, publicKey, method, refused }: AccessEvent): void {
    // The owner's own calls are not accesses by anybody else.
    if (road === "local") return;
    const now = this.#options.now();
    const member = publicKey === undefined ? undefined : this.#options.memberOf(publicKey);
    const reason = refused === "NOT_ADMITTED" && member?.suspended === true ? "MEMBER_SUSPENDED" : refused;
    const named = member !== undefined || this.#strangers(now) < MAX_STRANGERS;
    const facts = {
      road,
      ...(publicKey === undefined || !named ? {} : { publicKey }),
      ...(member === undefined ? {} : { did: member.did }),
      ...(method === undefined ? {} : { method }),
      ...(reason === undefined ? {} : { refused: reason }),
    };
    const same = JSON.stringify(facts);
    const open = this.#open.get(same);
    const going = open !== undefined && now - open.record.firstUnix < COALESCE_SECONDS ? open : undefined;
    const record: AccessRecord = {
      v: 1,
      firstUnix: going?.record.firstUnix ?? now,
      lastUnix: now,
      count: (going?.record.count ?? 0) + 1,
      ...facts,
    };
    const entry = { number: going?.number ?? this.#next++, record };
    if (going !== undefined) this.#changed.delete(going);
    this.#open.set(same, entry);
    this.#changed.add(entry);
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  /** The latest accesses, newest first. */
  async read({ did, refused, limit = DEFAULT_LIMIT }: AccessQuery = {}): Promise<AccessDocument> {
    await this.flush();
    const held = await readAll(this.#options.store, keys.accesses, recordSchema);
    const entries = held
      .map(([, record]) => toEntry(record))
      .filter((entry) => (did === undefined || entry.did === did) && (refused !== true || entry.refused !== undefined));
    return { entries: entries.reverse().slice(0, limit), held: held.length };
  }

  /** Writes what was noted. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const changed = [...this.#changed];
    if (changed.length === 0) return;
    this.#changed.clear();
    const ops: WriteOp[] = changed.map(({ number, record }) => putRecord(keys.access(number), record));
    for (; this.#next - this.#oldest > MAX_ENTRIES; this.#oldest++) {
      ops.push({ type: "del", key: keys.access(this.#oldest) });
    }
    const now = this.#options.now();
    for (const [same, { record }] of this.#open) {
      if (now - record.firstUnix >= COALESCE_SECONDS) this.#open.delete(same);
    }
    await this.#options.store.write(ops).catch((error: Error) => {
      // A full disk must not stop the serving; that entries are missing is said.
      process.emitWarning(`access log: ${error.message}`);
    });
  }

  #strangers(now: number): number {
    let count = 0;
    for (const { record } of this.#open.values()) {
      if (record.did === undefined && record.publicKey !== undefined && now - record.firstUnix < COALESCE_SECONDS) {
        count += 1;
      }
    }
    return count;
  }
}

const time = (unix: number): string => new Date(unix * 1_000).toISOString().replace(".000Z", "Z");

function toEntry({ firstUnix, lastUnix, count, road, publicKey, did, method, refused }: AccessRecord): AccessEntry {
  return {
    first: time(firstUnix),
    last: time(lastUnix),
    count,
    road,
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(did === undefined ? {} : { did }),
    ...(method === undefined ? {} : { method }),
    ...(refused === undefined ? {} : { refused }),
  };
}
