/** Entries kept; when one more comes, all go. A ledger has a few dozen units, and whoever sends more only pays for parsing. */
const MAX_ENTRIES = 2_000;

/** Results by text, of which there are few in honest data and a bounded number in any other. */
export class BoundedCache<T> {
  readonly #entries = new Map<string, T>();

  /** What is kept under the key, else what `make` makes, kept unless it throws. */
  get(key: string, make: () => T): T {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const made = make();
    if (this.#entries.size >= MAX_ENTRIES) this.#entries.clear();
    this.#entries.set(key, made);
    return made;
  }

  get size(): number {
    return this.#entries.size;
  }
}
