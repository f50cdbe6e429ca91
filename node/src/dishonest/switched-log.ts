import type { LogReader } from "@tallystick/registry";

/** A log that can be exchanged for another while partners read it: those who wait for news are told of it. */
export class SwitchedLog implements LogReader {
  #current: LogReader;
  readonly #listeners = new Set<() => void>();
  #stop: () => void;

  constructor(first: LogReader) {
    this.#current = first;
    this.#stop = first.onAdvance(() => this.#announce());
  }

  switchTo(other: LogReader): void {
    this.#stop();
    this.#current = other;
    this.#stop = other.onAdvance(() => this.#announce());
    this.#announce();
  }

  #announce(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  get origin(): string {
    return this.#current.origin;
  }

  get size(): number {
    return this.#current.size;
  }

  checkpoint(): string {
    return this.#current.checkpoint();
  }

  checkpointAt(size: number): Promise<string | undefined> {
    return this.#current.checkpointAt(size);
  }

  nextCheckpoint(from: number): ReturnType<LogReader["nextCheckpoint"]> {
    return this.#current.nextCheckpoint(from);
  }

  readLeaves(from: number, to: number): Promise<Uint8Array[]> {
    return this.#current.readLeaves(from, to);
  }

  readTile(level: number, index: number, width: number): Promise<Uint8Array> {
    return this.#current.readTile(level, index, width);
  }

  readEntryBundle(index: number, width: number): Promise<Uint8Array> {
    return this.#current.readEntryBundle(index, width);
  }

  onAdvance(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
