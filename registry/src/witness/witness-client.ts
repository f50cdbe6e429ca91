import {
  type AddCheckpointRequest,
  type Checkpoint,
  equalBytes,
  formatAddCheckpoint,
  isLineOf,
  isTallyError,
  type NoteSignature,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  parseSignatureLine,
  parseVerifierKey,
  type TallyError,
  type VerifierKey,
  verifyCosignature,
} from "@tallystick/proto";
import { registryError } from "../errors.ts";
import type { TiledLog } from "../log/tiled-log.ts";
import { cosignedPath } from "./cosigned-path.ts";

/** A witness as the network's pinned file names it: `url` is the part before `/add-checkpoint`. */
export interface WitnessAddress {
  readonly name: string;
  readonly url: string;
  readonly vkey: string;
}

/** What a log must offer to be cosigned. */
export type CosignableLog = Pick<
  TiledLog,
  "origin" | "verifierKey" | "size" | "checkpoint" | "consistencyProof" | "addCosignatures" | "onAdvance"
>;

export interface WitnessClientOptions {
  /** Default: the global fetch. */
  readonly fetch?: typeof fetch;
  /** For one request and its answer. Default 5,000. */
  readonly timeoutMs?: number;
}

/** A cosigned size. */
export interface Cosigned {
  readonly size: number;
  readonly rootHash: Uint8Array;
  readonly timeUnix: number;
}

const DEFAULT_TIMEOUT_MS = 5_000;
/** A witness's answer is a few lines. */
const MAX_ANSWER_BYTES = 16_384;
/** Answers 409 in a row, each with another size, before a witness is given up. */
const MAX_CONFLICTS = 4;

/** Asks one witness (C2SP tlog-witness v1.0.0) and remembers how far it has come with each log. */
export class WitnessClient {
  readonly name: string;
  readonly #url: string;
  readonly #key: VerifierKey;
  readonly #fetch: typeof fetch;
  readonly #timeoutMs: number;
  readonly #heldSizes = new Map<string, number>();

  /** @throws KEY_NOT_ADMISSIBLE where the vkey is not one of a witness */
  constructor(address: WitnessAddress, options: WitnessClientOptions = {}) {
    this.name = address.name;
    this.#url = address.url.replace(/\/$/, "");
    this.#key = parseVerifierKey(address.vkey);
    this.#fetch = options.fetch ?? fetch;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /**
   * Has the log's latest checkpoint cosigned, and gives the verified lines to the log.
   * @throws WITNESS_UNREACHABLE, WITNESS_REFUSED
   * @throws LOG_BEHIND where the witness knows a larger size of this log, LOG_FORKED where it knows another root
   */
  async cosign(log: CosignableLog, signal?: AbortSignal): Promise<Cosigned> {
    for (let conflicts = 0; conflicts <= MAX_CONFLICTS; conflicts++) {
      const checkpoint = log.checkpoint();
      const { text } = parseNote(checkpoint);
      const { treeSize, rootHash } = parseCheckpoint(text);
      const oldSize = Math.min(this.#heldSizes.get(log.origin) ?? 0, treeSize);
      const proof = await log.consistencyProof(oldSize, treeSize);
      const { status, body } = await this.#post({ oldSize, proof, checkpoint }, signal);
      if (status === 409) {
        this.#heldSizes.set(log.origin, this.#sizeToTryNext(body, oldSize, treeSize, log));
        continue;
      }
      if (status !== 200) throw this.#refused(status, body);
      const { lines, timeUnix } = this.#verified(text, body);
      this.#heldSizes.set(log.origin, treeSize);
      await log.addCosignatures(treeSize, lines);
      return { size: treeSize, rootHash, timeUnix };
    }
    throw this.#refused(409, "another size each time");
  }

  /**
   * The newest checkpoint of a log that this witness cosigned and shows, verified under the log's key and the witness's own. Undefined where it
   * shows none that is another than the log's present one; what it shows wrongly is nothing shown.
   */
  async newest(
    log: Pick<CosignableLog, "origin" | "verifierKey" | "checkpoint">,
    signal?: AbortSignal,
  ): Promise<{ readonly note: string; readonly checkpoint: Checkpoint } | undefined> {
    const shown = await this.newestOf(log.origin, [log.verifierKey], signal).catch((error: unknown) => {
      if (!isTallyError(error)) throw error;
      return undefined;
    });
    if (shown === undefined) return undefined;
    const own = parseCheckpoint(parseNote(log.checkpoint()).text);
    const { treeSize, rootHash } = shown.checkpoint;
    return treeSize === own.treeSize && equalBytes(rootHash, own.rootHash) ? undefined : shown;
  }

  /**
   * The newest checkpoint of that origin that this witness cosigned; undefined where it has none to show.
   * @throws WITNESS_UNREACHABLE; WITNESS_REFUSED where what it shows is not signed by one of the log's keys and cosigned by it
   */
  async newestOf(
    origin: string,
    logKeys: readonly VerifierKey[],
    signal?: AbortSignal,
  ): Promise<{ readonly note: string; readonly checkpoint: Checkpoint } | undefined> {
    const { status, body } = await this.#send(cosignedPath(origin), { method: "GET" }, signal);
    if (status === 404) return undefined;
    if (status !== 200) throw this.#refused(status, body);
    for (const key of logKeys) {
      try {
        const { checkpoint } = openCheckpoint(body, key);
        verifyCosignature(parseNote(body), this.#key);
        if (checkpoint.origin === origin) return { note: body, checkpoint };
      } catch (error) {
        if (!isTallyError(error)) throw error;
      }
    }
    throw this.#refused(200, "not a checkpoint of that log that it cosigned");
  }

  /** The size that the witness says it holds. @throws LOG_BEHIND, LOG_FORKED, WITNESS_REFUSED */
  #sizeToTryNext(body: string, oldSize: number, treeSize: number, log: CosignableLog): number {
    const held = /^(?:0|[1-9]\d{0,15})\n$/.test(body) ? Number(body) : Number.NaN;
    if (!Number.isSafeInteger(held)) throw this.#refused(409, "no size");
    if (held > log.size) {
      throw registryError("LOG_BEHIND", { origin: log.origin, localSize: log.size, knownSize: held });
    }
    if (held === oldSize && held === treeSize)
      throw registryError("LOG_FORKED", { origin: log.origin, treeSize: held });
    if (held === oldSize) throw this.#refused(409, "the size it was asked to move from");
    return held;
  }

  #verified(text: string, body: string): { lines: NoteSignature[]; timeUnix: number } {
    try {
      const all = body.replace(/\n$/, "").split("\n").map(parseSignatureLine);
      // A witness may send lines of other kinds too; only its own are kept.
      const lines = all.filter((line) => isLineOf(line, this.#key));
      return { lines, timeUnix: verifyCosignature({ text, signatures: lines }, this.#key).timeUnix };
    } catch (cause) {
      throw this.#refused(200, "not its cosignature of this checkpoint", cause);
    }
  }

  #post(request: AddCheckpointRequest, signal?: AbortSignal): Promise<{ status: number; body: string }> {
    const headers = { "content-type": "text/plain; charset=utf-8" };
    return this.#send("add-checkpoint", { method: "POST", headers, body: formatAddCheckpoint(request) }, signal);
  }

  async #send(path: string, init: RequestInit, signal?: AbortSignal): Promise<{ status: number; body: string }> {
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    try {
      const response = await this.#fetch(`${this.#url}/${path}`, {
        ...init,
        redirect: "error",
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      return { status: response.status, body: await readBody(response) };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw registryError("WITNESS_UNREACHABLE", { name: this.name, reason }, { cause });
    }
  }

  #refused(status: number, reason: string, cause?: unknown): TallyError {
    const firstLine = reason.split("\n", 1)[0] ?? "";
    return registryError("WITNESS_REFUSED", { name: this.name, status, reason: firstLine.slice(0, 200) }, { cause });
  }
}

async function readBody(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    // Leaving the loop cancels the rest.
    if (text.length > MAX_ANSWER_BYTES) throw new Error("the answer is too long");
  }
  return text + decoder.decode();
}
