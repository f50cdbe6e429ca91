import { setTimeout as delay } from "node:timers/promises";
import { admitPublicKey, decodeBase64url, isTallyError, type PublicKey } from "@tallystick/proto";
import { registryError, type Store, type WriteOp } from "@tallystick/registry";
import type { CoveredEntries, CoveredEntry } from "../core/journal/covered-entries.ts";
import { cutReason, type Verdict } from "../core/journal/verdict.ts";
import type { Journal } from "../ports/journal.ts";
import type { TokenChecker } from "../ports/token-checker.ts";
import { type AttestationRecord, type ExhibitRecord, keys, putRecord, readRecord, records } from "./node-records.ts";

/** Checked at once, and journalled in one write. */
const CHECKED_AT_ONCE = 256;
/** How often it is looked whether there is anything to check, in milliseconds. */
const LOOK_EVERY_MS = 200;
/** For so long nothing came that counts as covered: before that, whatever can be done is done for what comes. */
const QUIET_SECONDS = 2;

export interface CoveredChecksOptions {
  readonly store: Store;
  readonly journal: Journal;
  readonly tokens: TokenChecker;
  /** Kept up to date by the journal. */
  readonly entries: CoveredEntries;
  /** From when an entry counts to when its signature must be checked. */
  readonly deadlineSeconds: () => number;
  /** Hears of verdicts that are in the journal. */
  readonly onVerdicts: (verdicts: readonly Verdict[]) => void;
  /** Unix seconds. */
  readonly now: () => number;
}

/**
 * Checks the signatures of what counts as covered: when nothing more of it comes, ahead of everything once half of the
 * policy's deadline is over, and at once where something is to rest on them (docs/protocol.md, COV-3 and COV-4).
 */
export class CoveredChecks {
  readonly #options: CoveredChecksOptions;
  /** Admitted keys by their text. */
  readonly #keys = new Map<string, PublicKey>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: CoveredChecksOptions) {
    this.#options = options;
  }

  /** How many entries count by their log alone. */
  get waiting(): number {
    return this.#options.entries.size;
  }

  /** How many seconds the oldest of them is beyond the deadline; 0 where none is. */
  get overdueSeconds(): number {
    const { entries, deadlineSeconds, now } = this.#options;
    return entries.oldestAt === undefined ? 0 : Math.max(0, now() - entries.oldestAt - deadlineSeconds());
  }

  /**
   * Checks all that is waiting; when it resolves there is nothing that counts unchecked, and whoever awaits it goes on before anything more
   * can come.
   * @throws TOKENS_UNCHECKED where that cannot be done now
   */
  async settle(): Promise<void> {
    while (this.waiting > 0) await this.#check(false);
  }

  /** Checks in the background until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { entries, deadlineSeconds, now } = this.#options;
    while (!signal.aborted) {
      const { oldestAt = now(), newestAt } = entries;
      const isUrgent = now() - oldestAt >= deadlineSeconds() / 2;
      const isQuiet = newestAt !== undefined && now() - newestAt >= QUIET_SECONDS;
      if (newestAt === undefined || !(isUrgent || isQuiet)) {
        await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => {
          // Aborted: the loop's condition ends it.
        });
        continue;
      }
      try {
        await this.#check(!isUrgent);
      } catch (error) {
        if (signal.aborted) return;
        // Threads that ended may be there again in a moment; a store that fails ends the node.
        if (!isTallyError(error, "TOKENS_UNCHECKED")) throw error;
        await delay(LOOK_EVERY_MS);
      }
    }
  }

  /** One after another, so that nothing is checked twice. */
  #check(background: boolean): Promise<void> {
    const checked = this.#last.then(() => this.#checkOldest(background));
    this.#last = checked.catch(() => undefined);
    return checked;
  }

  async #checkOldest(background: boolean): Promise<void> {
    const { store, journal, tokens, entries, onVerdicts } = this.#options;
    const some = entries.oldest(CHECKED_AT_ONCE);
    if (some.length === 0) return;
    const values = await store.getMany(some.map(({ origin, index }) => keys.attestation(origin, index)));
    const held = some.map(({ origin, index }, at) => {
      const key = keys.attestation(origin, index);
      const value = values[at];
      if (value === undefined) throw registryError("STORE_CORRUPT", { reason: `${key} is missing` });
      return readRecord(records.attestation, key, value);
    });
    const outcomes = await tokens.check(
      held.map(({ jws, disclosures, covered }, at) => ({
        jws,
        disclosures,
        resolve: (kid) => (kid === some[at]?.kid && covered !== undefined ? this.#keyOf(covered.key) : undefined),
      })),
      { background },
    );
    const ops: WriteOp[] = [];
    const verdicts = outcomes.map((outcome, at): Verdict => {
      const { member, origin, index } = some[at] as CoveredEntry;
      const about = { v: 1, member, origin, index } as const;
      if ("checked" in outcome) return { ...about, kind: "signature-checked" };
      const { code, details } = outcome.refused;
      const exhibit = exhibitOf(held[at] as AttestationRecord, index);
      if (exhibit !== undefined) ops.push(putRecord(keys.exhibit(origin, index), exhibit));
      return { ...about, kind: "refused", code, reason: cutReason(JSON.stringify(details)) };
    });
    onVerdicts(await journal.append(verdicts, ops));
  }

  /** The key as it was when the entry came to count: the member may have others by now. */
  #keyOf(text: string): PublicKey {
    const known = this.#keys.get(text);
    if (known !== undefined) return known;
    const key = admitPublicKey(decodeBase64url(text));
    this.#keys.set(text, key);
    return key;
  }
}

/** What was handed over with the entry, to show it to others. */
function exhibitOf({ jws, disclosures, covered }: AttestationRecord, targetIndex: number): ExhibitRecord | undefined {
  if (covered === undefined) return undefined;
  const { deliveredAt, salt } = covered;
  return { v: 1, deliveredAt, salt, targetIndex, jws, disclosures };
}
