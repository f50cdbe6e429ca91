import { entriesPath, isTallyError, parseEntryBundle, parseNote, type VerifierKey } from "@tallystick/proto";
import type { Findings } from "./findings.ts";
import { LogHistory } from "./log-history.ts";
import { NoteFinder } from "./notes-in.ts";

const TIMEOUT_MS = 3_000;
const BUNDLE = 256;

/** A log that is served over HTTP. */
export interface WatchedLog {
  readonly origin: string;
  readonly key: VerifierKey;
  /** Who serves it. */
  readonly server: string;
  /** Port of its HTTP side; undefined while that is down. */
  readonly port: () => number | undefined;
}

/** Watches what everybody is shown of each log, and compares all of it. */
export class LogWatch {
  readonly #logs: readonly WatchedLog[];
  readonly #histories: ReadonlyMap<string, LogHistory>;
  readonly #finders = new Map<string, NoteFinder>();
  readonly #findings: Findings;
  readonly #onContradiction: (notes: readonly string[]) => void;

  constructor(logs: readonly WatchedLog[], findings: Findings, onContradiction: (notes: readonly string[]) => void) {
    this.#logs = logs;
    this.#histories = new Map(logs.map(({ origin, key }) => [origin, new LogHistory(origin, key)]));
    this.#findings = findings;
    this.#onContradiction = onContradiction;
  }

  history(origin: string): LogHistory {
    const history = this.#histories.get(origin);
    if (history === undefined) throw new TypeError(`no such log: ${origin}`);
    return history;
  }

  /** Takes in a piece of a stream that carries notes in clear; what is no note of a watched log is passed over. */
  sent(stream: string, piece: Uint8Array, by: string): void {
    const finder = this.#finders.get(stream) ?? new NoteFinder();
    this.#finders.set(stream, finder);
    for (const note of finder.push(piece)) this.observe(note, by);
  }

  /** Takes in a note that somebody was shown. Undefined where it is none of a watched log. */
  observe(note: string, by: string): number | undefined {
    const origin = note.slice(0, note.indexOf("\n"));
    const history = this.#histories.get(origin);
    if (history === undefined) return undefined;
    try {
      const { size, contradiction } = history.observe(note, by);
      this.#findings.check("fork", contradiction === undefined, () => contradiction?.what ?? "");
      if (contradiction !== undefined) this.#onContradiction(contradiction.notes);
      return size;
    } catch (error) {
      if (!isTallyError(error)) throw error;
      // A piece of a stream may begin in the middle of a line; what is served as a checkpoint may not.
      return undefined;
    }
  }

  /** Looks once at what every log's server shows, and takes in entries that are new. */
  async look(): Promise<void> {
    await Promise.all(this.#logs.map((log) => this.#lookAt(log)));
  }

  async #lookAt(log: WatchedLog): Promise<void> {
    const note = await this.#get(log, "checkpoint");
    if (note === undefined) return;
    const size = this.observe(new TextDecoder().decode(note), log.server);
    this.#findings.check(
      "fork",
      size !== undefined,
      () => `${log.server} serves as checkpoint of ${log.origin} what is none`,
    );
    const history = this.history(log.origin);
    if (size === undefined || size <= history.size) return;
    const leaves = await this.#entries(log, history.size, size);
    if (leaves === undefined || leaves.length === 0) return;
    const contradiction = history.extend(leaves, log.server);
    this.#findings.check("fork", contradiction === undefined, () => contradiction?.what ?? "");
    if (contradiction !== undefined) this.#onContradiction(contradiction.notes);
  }

  /** Looks at everything that a log's server has, from the first entry on: all that anybody was ever shown is there. */
  async lookAtAll(log: WatchedLog): Promise<void> {
    await this.#lookAt(log);
    const history = this.history(log.origin);
    const note = await this.#get(log, "checkpoint");
    const size = note === undefined ? undefined : Number(parseNote(new TextDecoder().decode(note)).text.split("\n")[1]);
    this.#findings.check("lost", size !== undefined && size >= history.largest, () => {
      return `${log.server} shows ${log.origin} at size ${size ?? "none"}, and it was signed at ${history.largest}`;
    });
    if (size === undefined) return;
    const leaves = await this.#entries(log, 0, size);
    this.#findings.check("lost", leaves !== undefined && history.agrees(0, leaves), () => {
      return `${log.server} does not serve the ${size} entries of ${log.origin} that it signed`;
    });
    const unproven = history.unproven;
    this.#findings.check(
      "fork",
      unproven.length === 0,
      () => `${log.origin} was signed at sizes that it never had: ${unproven}`,
    );
  }

  get logs(): readonly WatchedLog[] {
    return this.#logs;
  }

  /** Undefined where the server does not answer, or not whole. */
  async #entries(log: WatchedLog, from: number, to: number): Promise<Uint8Array[] | undefined> {
    const leaves: Uint8Array[] = [];
    for (let index = Math.floor(from / BUNDLE); index * BUNDLE < to; index++) {
      const width = Math.min(BUNDLE, to - index * BUNDLE);
      const bytes = await this.#get(log, entriesPath(index, width));
      if (bytes === undefined) return undefined;
      leaves.push(...parseEntryBundle(bytes, width));
    }
    return leaves.slice(from % BUNDLE);
  }

  async #get({ origin, port }: WatchedLog, path: string): Promise<Uint8Array | undefined> {
    const at = port();
    if (at === undefined) return undefined;
    try {
      const response = await fetch(`http://127.0.0.1:${at}/${origin}/${path}`, {
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) return undefined;
      return new Uint8Array(await response.arrayBuffer());
    } catch {
      // It is down, or stopped, or was killed in the middle of its answer.
      return undefined;
    }
  }
}
