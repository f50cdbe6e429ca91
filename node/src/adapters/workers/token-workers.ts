import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { isTallyError, type PublicKey, peekKid, TallyError } from "@tallystick/proto";
import { checkCoveredToken, checkToken, readCheckedToken } from "../../core/subscription/check-token.ts";
import { nodeError } from "../../errors.ts";
import type { CheckOptions, TokenChecker, TokenOutcome, TokenToCheck } from "../../ports/token-checker.ts";
import { type KeyedToken, packTokens } from "./token-batch.ts";
import type { BatchKey, CheckReply, CheckRequest } from "./token-messages.ts";

/** Fewer than these are checked where they are: a thread would take longer to answer than to check them, and memory of its own. */
export const INLINE_TOKENS = 16;
/** Tokens that a thread takes at once: some milliseconds of work. */
const CHUNK_TOKENS = 64;
/** Chunks on their way to a thread, so that it never waits for the next. */
const CHUNKS_A_WORKER = 2;
/** How often a chunk is given to a thread before it is given up: whatever ends two threads would end a third. */
const MAX_ATTEMPTS = 2;
/** Far longer than any chunk takes. */
const CHUNK_TIMEOUT_MS = 30_000;
/** A thread that nothing was given to for so long is ended: it holds some 20 MiB. */
const IDLE_MS = 10_000;
const MAX_WORKERS = 8;
/** Tokens that may wait; callers beyond wait for room. */
const MAX_WAITING_TOKENS = 16_384;

export interface TokenWorkersOptions {
  /** Default: as many as there are cores, at most 8. */
  readonly workers?: number;
  /** What a thread runs. Default: token-worker. */
  readonly module?: URL;
  readonly idleMs?: number;
}

interface Chunk {
  readonly caller: Caller;
  readonly first: number;
  readonly tokens: readonly TokenToCheck[];
  attempts: number;
}

/** One call of `check`. Callers take turns, chunk by chunk, so that a large batch of one supplier keeps no other waiting. */
interface Caller {
  readonly covered: boolean;
  readonly background: boolean;
  readonly chunks: Chunk[];
  readonly outcomes: (TokenOutcome | undefined)[];
  missing: number;
  readonly resolve: (outcomes: readonly TokenOutcome[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly chunks: Map<number, { readonly chunk: Chunk; readonly found: FoundKeys; readonly timer: NodeJS.Timeout }>;
  idle: NodeJS.Timeout | undefined;
  /** What ended it, where it said so. */
  error: unknown;
}

/** The key that each token of a chunk claims. */
interface FoundKeys {
  readonly keys: readonly BatchKey[];
  readonly keyed: readonly KeyedToken[];
  /** Why a token has none, where its resolver said. */
  readonly errors: ReadonlyMap<number, TallyError>;
}

const defaultModule = (): URL => {
  const isSource = import.meta.url.endsWith(".ts");
  return new URL(isSource ? "./token-worker.ts" : "./token-worker.js", import.meta.url);
};

/**
 * Checks tokens on threads of their own, started when there is work for them and ended when there is none. A thread that dies is replaced
 * and what it had is checked again; the outcome never depends on which thread checked what.
 */
export class TokenWorkers implements TokenChecker {
  readonly #module: URL;
  readonly #maxWorkers: number;
  readonly #idleMs: number;
  readonly #threads = new Set<Thread>();
  readonly #callers: Caller[] = [];
  readonly #waitingForRoom: (() => void)[] = [];
  #waiting = 0;
  #nextId = 0;
  #closed = false;

  constructor(options: TokenWorkersOptions = {}) {
    this.#module = options.module ?? defaultModule();
    this.#maxWorkers = options.workers ?? Math.min(MAX_WORKERS, availableParallelism());
    this.#idleMs = options.idleMs ?? IDLE_MS;
  }

  /** Threads that are up. */
  get size(): number {
    return this.#threads.size;
  }

  async check(
    tokens: readonly TokenToCheck[],
    { covered = false, background = false }: CheckOptions = {},
  ): Promise<readonly TokenOutcome[]> {
    if (tokens.length < INLINE_TOKENS) return tokens.map((token) => checkHere(token, covered));
    while (this.#waiting > MAX_WAITING_TOKENS && !this.#closed)
      await new Promise<void>((resolve) => this.#waitingForRoom.push(resolve));
    return new Promise((resolve, reject) => {
      const caller: Caller = { covered, background, chunks: [], outcomes: [], missing: tokens.length, resolve, reject };
      for (let first = 0; first < tokens.length; first += CHUNK_TOKENS) {
        caller.chunks.push({ caller, first, tokens: tokens.slice(first, first + CHUNK_TOKENS), attempts: 0 });
      }
      this.#waiting += tokens.length;
      this.#callers.push(caller);
      this.#dispatch();
    });
  }

  #dispatch(): void {
    if (this.#closed) {
      for (const caller of this.#callers.splice(0)) caller.reject(nodeError("TOKENS_UNCHECKED", { reason: "closed" }));
      return;
    }
    while (this.#callers.length > 0) {
      const thread = this.#freest();
      if (thread === undefined) return;
      const at = Math.max(
        0,
        this.#callers.findIndex((one) => !one.background),
      );
      const [caller] = this.#callers.splice(at, 1) as [Caller];
      const chunk = caller.chunks.shift();
      if (caller.chunks.length > 0) this.#callers.push(caller);
      if (chunk !== undefined) this.#give(thread, chunk);
    }
  }

  /** The thread with the least to do that has room, or a new one where all have something to do. */
  #freest(): Thread | undefined {
    let freest: Thread | undefined;
    for (const thread of this.#threads) {
      if (freest === undefined || thread.chunks.size < freest.chunks.size) freest = thread;
    }
    if ((freest === undefined || freest.chunks.size > 0) && this.#threads.size < this.#maxWorkers) return this.#start();
    return freest !== undefined && freest.chunks.size < CHUNKS_A_WORKER ? freest : undefined;
  }

  #start(): Thread {
    const fromSource = this.#module.pathname.endsWith(".ts");
    const worker = new Worker(this.#module, {
      execArgv: fromSource ? ["--conditions=source", "--disable-warning=ExperimentalWarning"] : [],
      resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 256 },
    });
    const thread: Thread = { worker, chunks: new Map(), idle: undefined, error: undefined };
    worker.on("message", (reply: CheckReply) => this.#settle(thread, reply));
    // An error ends the thread, and its end is what is acted on.
    worker.on("error", (error) => {
      thread.error = error;
    });
    worker.once("exit", () => this.#lost(thread));
    this.#threads.add(thread);
    return thread;
  }

  #give(thread: Thread, chunk: Chunk): void {
    clearTimeout(thread.idle);
    chunk.attempts += 1;
    const id = this.#nextId++;
    const found = findKeys(chunk.tokens);
    const tokens = packTokens(found.keyed);
    const timer = setTimeout(() => void thread.worker.terminate(), CHUNK_TIMEOUT_MS);
    thread.chunks.set(id, { chunk, found, timer });
    const request: CheckRequest = { id, covered: chunk.caller.covered, keys: found.keys, tokens };
    thread.worker.postMessage(request, [tokens.buffer]);
  }

  #settle(thread: Thread, { id, count, refused }: CheckReply): void {
    const given = thread.chunks.get(id);
    if (given === undefined || count !== given.chunk.tokens.length)
      throw new TypeError("a reply to nothing that was asked");
    thread.chunks.delete(id);
    clearTimeout(given.timer);
    const { caller, first, tokens } = given.chunk;
    const errors = new Map(refused.map(({ at, code, details }) => [at, new TallyError(code, details)]));
    const { keys, keyed, errors: keyErrors } = given.found;
    for (const [at, token] of tokens.entries()) {
      const error = errors.get(at);
      const key = keys[keyed[at]?.key ?? -1];
      // What has no key was accepted by nobody; the thread knows that there was none, and why there was none is known here.
      caller.outcomes[first + at] =
        error === undefined && key !== undefined
          ? { checked: readCheckedToken(token, key.kid) }
          : { refused: (error?.code === "KEY_UNKNOWN" && keyErrors.get(at)) || requireError(error) };
    }
    this.#release(caller, tokens.length);
    if (thread.chunks.size === 0) {
      thread.idle = setTimeout(() => void thread.worker.terminate(), this.#idleMs);
      thread.idle.unref();
    }
    this.#dispatch();
  }

  #release(caller: Caller, tokens: number): void {
    this.#waiting -= tokens;
    caller.missing -= tokens;
    if (caller.missing === 0) caller.resolve(caller.outcomes as TokenOutcome[]);
    while (this.#waiting <= MAX_WAITING_TOKENS && this.#waitingForRoom.length > 0) this.#waitingForRoom.shift()?.();
  }

  /** What a thread had when it ended is checked again, before anything else. */
  #lost(thread: Thread): void {
    clearTimeout(thread.idle);
    this.#threads.delete(thread);
    for (const { chunk, timer } of [...thread.chunks.values()].reverse()) {
      clearTimeout(timer);
      const { caller } = chunk;
      if (chunk.attempts >= MAX_ATTEMPTS || this.#closed) {
        this.#waiting -= chunk.tokens.length;
        this.#giveUp(caller, thread.error);
      } else {
        caller.chunks.unshift(chunk);
        const waiting = this.#callers.indexOf(caller);
        if (waiting >= 0) this.#callers.splice(waiting, 1);
        this.#callers.unshift(caller);
      }
    }
    this.#dispatch();
  }

  #giveUp(caller: Caller, cause: unknown): void {
    const waiting = this.#callers.indexOf(caller);
    if (waiting >= 0) this.#callers.splice(waiting, 1);
    this.#waiting -= caller.chunks.splice(0).reduce((sum, { tokens }) => sum + tokens.length, 0);
    caller.reject(nodeError("TOKENS_UNCHECKED", { reason: "the threads that checked them ended" }, { cause }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()));
    for (const resolve of this.#waitingForRoom.splice(0)) resolve();
    this.#dispatch();
  }
}

function checkHere(token: TokenToCheck, covered: boolean): TokenOutcome {
  try {
    return { checked: (covered ? checkCoveredToken : checkToken)(token, token.resolve) };
  } catch (error) {
    if (isTallyError(error)) return { refused: error };
    throw error;
  }
}

function requireError(error: TallyError | undefined): TallyError {
  if (error === undefined) throw new TypeError("a token without a key was accepted");
  return error;
}

/** The key that each token claims, found here, where the registry is. Tokens of one header have one key. */
function findKeys(tokens: readonly TokenToCheck[]): FoundKeys {
  const kids = new Map<string, string | undefined>();
  const keys: BatchKey[] = [];
  const errors = new Map<number, TallyError>();
  const indexOf = (kid: string, { bytes }: PublicKey): number => {
    const known = keys.findIndex((each) => each.kid === kid && Buffer.compare(each.key, bytes) === 0);
    return known >= 0 ? known : keys.push({ kid, key: Uint8Array.from(bytes) }) - 1;
  };
  const keyed = tokens.map(({ jws, disclosures, resolve }, at): KeyedToken => {
    const header = jws.slice(0, Math.max(0, jws.indexOf(".")));
    if (!kids.has(header)) kids.set(header, peekKid(jws));
    const kid = kids.get(header);
    let key: PublicKey | undefined;
    try {
      key = kid === undefined ? undefined : resolve(kid);
    } catch (error) {
      if (!isTallyError(error)) throw error;
      errors.set(at, error);
    }
    return { jws, disclosures, key: kid === undefined || key === undefined ? undefined : indexOf(kid, key) };
  });
  return { keys, keyed, errors };
}
