import {
  type Checkpoint,
  cosignAsync,
  formatNote,
  formatSignatureLine,
  isLineOf,
  isTallyError,
  MAX_ADD_CHECKPOINT_BYTES,
  makeVerifierKey,
  type NoteSignature,
  parseNote,
  type Signer,
  type VerifierKey,
} from "@tallystick/proto";
import { formatStateRecord, parseStateRecord, putText, readText } from "../log/log-records.ts";
import type { Store } from "../ports/store.ts";
import { originId } from "./cosigned-path.ts";
import { answerOf, type CosignRequest, planCosign, readCosignRequest, type WitnessAnswer } from "./plan-cosign.ts";

export interface WitnessOptions {
  /** The name under which it cosigns. */
  readonly name: string;
  /** The witness key: used for nothing else. */
  readonly key: Signer;
  readonly store: Store;
  /** Where in the store its state lives. */
  readonly prefix: string;
  /** The keys of the log with this origin; none for a log that is not to be cosigned. */
  readonly keysOf: (origin: string) => readonly VerifierKey[] | Promise<readonly VerifierKey[]>;
  /** Seconds since 1970. */
  readonly now: () => number;
}

/** Tries of one request against other writers of the same state, before it fails with STORE_CONFLICT. */
const MAX_TRIES = 4;

/**
 * Cosigns checkpoints that only extend what it cosigned before (C2SP tlog-witness v1.0.0). For each origin it remembers
 * one size and root, replaced by compare-and-swap and fsynced before the cosignature leaves.
 */
export class WitnessService {
  readonly #options: WitnessOptions;
  // Requests for one origin run one after another; an origin without requests is not listed.
  readonly #lanes = new Map<string, Promise<unknown>>();

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  /** The key that verifies its cosignatures. */
  get verifierKey(): VerifierKey {
    return makeVerifierKey(this.#options.name, "cosignature-v1", this.#options.key.publicKey);
  }

  /**
   * Answers one add-checkpoint request. Refusals are answers.
   * @throws STORE_ codes, where nothing was cosigned
   */
  async addCheckpoint(body: string): Promise<WitnessAnswer> {
    if (body.length > MAX_ADD_CHECKPOINT_BYTES) return answerOf(400, "the request is too long");
    let request: CosignRequest;
    try {
      request = readCosignRequest(body);
    } catch (error) {
      if (!isTallyError(error)) throw error;
      return answerOf(400, "malformed request");
    }
    const { origin } = request.checkpoint;
    // Before anything is remembered about it: strangers cannot make the witness remember origins.
    const keys = await this.#options.keysOf(origin);
    if (keys.length === 0) return answerOf(404, "unknown log");
    return this.#inLane(origin, () => this.#answer(request, keys));
  }

  async #answer(request: CosignRequest, keys: readonly VerifierKey[]): Promise<WitnessAnswer> {
    const { store, name, key, now } = this.#options;
    for (let tries = 1; ; tries++) {
      const record = await this.#recordOf(request.checkpoint.origin);
      const plan = planCosign(record.held, request, keys);
      if (plan.kind === "refuse") return plan.answer;
      // Made now, so that what is shown is durable with the state; it leaves only after that.
      const line = await cosignAsync(plan.checkpointText, now(), name, key);
      try {
        const value = formatStateRecord(plan.next);
        const expect = { key: record.key, value: record.value };
        const shown = putText(this.#noteKey(plan.next.origin), shownNote(request.noteText, keys, line));
        await store.write([{ type: "put", key: record.key, value }, shown], { sync: true, expect });
      } catch (error) {
        if (!isTallyError(error, "STORE_CONFLICT") || tries === MAX_TRIES) throw error;
        continue;
      }
      return { status: 200, body: formatSignatureLine(line), contentType: "text/plain; charset=utf-8" };
    }
  }

  /** The newest note of that origin (by `originId`) that it cosigned, with the log's signature and its own. @throws STORE_ codes */
  cosigned(id: string): Promise<string | undefined> {
    return /^[0-9a-f]{64}$/.test(id)
      ? readText(this.#options.store, `${this.#options.prefix}/note/${id}`)
      : Promise.resolve(undefined);
  }

  #noteKey(origin: string): string {
    return `${this.#options.prefix}/note/${originId(origin)}`;
  }

  /** The size and root it holds for an origin. @throws STORE_CORRUPT and the other STORE_ codes */
  async held(origin: string): Promise<Checkpoint | undefined> {
    return (await this.#recordOf(origin)).held;
  }

  async #recordOf(
    origin: string,
  ): Promise<{ key: string; value: Uint8Array | undefined; held: Checkpoint | undefined }> {
    const key = `${this.#options.prefix}/held/${originId(origin)}`;
    const value = await this.#options.store.get(key);
    return { key, value, held: value && parseStateRecord(value) };
  }

  #inLane<T>(origin: string, action: () => Promise<T>): Promise<T> {
    const before = this.#lanes.get(origin) ?? Promise.resolve();
    const result = before.then(action);
    // The next in line waits for this one whatever becomes of it; its caller gets the failure.
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    const lane = settled.then(() => {
      if (this.#lanes.get(origin) === lane) this.#lanes.delete(origin);
    });
    this.#lanes.set(origin, lane);
    return result;
  }
}

/** Without the lines of strangers, of which a request may hold many. */
function shownNote(noteText: string, keys: readonly VerifierKey[], line: NoteSignature): string {
  const { text, signatures } = parseNote(noteText);
  const own = signatures.filter((signature) => keys.some((key) => isLineOf(signature, key)));
  return formatNote({ text, signatures: [...own, line] });
}
