import {
  appendLeafHash,
  EMPTY_FRONTIER,
  encodeBase64,
  type Frontier,
  hashLeaf,
  openCheckpoint,
  rootOf,
  type VerifierKey,
} from "@tallystick/proto";

interface Observed {
  readonly root: string;
  readonly note: string;
  readonly by: string;
}

/** Two statements about one log that cannot both be true. */
export interface Contradiction {
  readonly what: string;
  /** What was said, by whom. */
  readonly notes: readonly string[];
}

/**
 * Everything that anybody was ever shown of one log. Each checkpoint is compared with those of its size, and, as soon as the leaves are known,
 * with the root that they have: so each is shown to be consistent with every other.
 */
export class LogHistory {
  readonly origin: string;
  readonly #key: VerifierKey;
  /** Leaf hashes, base64, and the root at each size. */
  readonly #leaves: string[] = [];
  readonly #roots: string[] = [encodeBase64(rootOf(EMPTY_FRONTIER))];
  #frontier: Frontier = EMPTY_FRONTIER;
  /** By size. */
  readonly #observed = new Map<number, Observed>();

  constructor(origin: string, key: VerifierKey) {
    this.origin = origin;
    this.#key = key;
  }

  /** Entries that are known. */
  get size(): number {
    return this.#leaves.length;
  }

  /** The largest size that was ever signed, as far as anybody was shown. */
  get largest(): number {
    return Math.max(0, ...this.#observed.keys());
  }

  /** How many checkpoints of different sizes were seen. */
  get checkpoints(): number {
    return this.#observed.size;
  }

  /** Leaf hash, base64. */
  leaf(index: number): string | undefined {
    return this.#leaves[index];
  }

  /** Takes in a signed note. @throws what `openCheckpoint` refuses: it is no checkpoint of this log */
  observe(note: string, by: string): { readonly size: number; readonly contradiction?: Contradiction } {
    const { treeSize: size, rootHash } = openCheckpoint(note, this.#key).checkpoint;
    const root = encodeBase64(rootHash);
    const before = this.#observed.get(size);
    if (before === undefined) this.#observed.set(size, { root, note, by });
    else if (before.root !== root)
      return { size, contradiction: this.#contradiction(size, before, { root, note, by }) };
    const derived = this.#roots[size];
    if (derived === undefined || derived === root) return { size };
    return { size, contradiction: this.#contradiction(size, { root, note, by }) };
  }

  #contradiction(size: number, ...observed: Observed[]): Contradiction {
    const said = observed.map(({ root, by }) => `${by}: ${root}`).join("; ");
    const derived = this.#roots[size];
    const leaves = derived === undefined ? "" : `; its leaves have ${derived}`;
    return {
      what: `${this.origin} at size ${size} has several roots: ${said}${leaves}`,
      notes: observed.map(({ note }) => note),
    };
  }

  /** Whether these leaves, from `from` on, are what is known, as far as anything is. */
  agrees(from: number, leaves: readonly Uint8Array[]): boolean {
    return leaves.every(
      (leaf, at) => (this.#leaves[from + at] ?? encodeBase64(hashLeaf(leaf))) === encodeBase64(hashLeaf(leaf)),
    );
  }

  /**
   * Takes in leaves that follow those that are known and lead to a checkpoint that was observed. Nothing is taken in where they do not: then
   * whoever served them served what was not signed.
   */
  extend(leaves: readonly Uint8Array[], by: string): Contradiction | undefined {
    let frontier = this.#frontier;
    const hashes: string[] = [];
    const roots: string[] = [];
    for (const leaf of leaves) {
      const hash = hashLeaf(leaf);
      frontier = appendLeafHash(frontier, hash);
      hashes.push(encodeBase64(hash));
      roots.push(encodeBase64(rootOf(frontier)));
    }
    for (const [at, root] of roots.entries()) {
      const observed = this.#observed.get(this.size + at + 1);
      if (observed === undefined || observed.root === root) continue;
      const what = `${this.origin}: the entries that ${by} served up to ${this.size + at + 1} do not have the root that ${observed.by} was shown`;
      return { what, notes: [observed.note] };
    }
    this.#frontier = frontier;
    this.#leaves.push(...hashes);
    this.#roots.push(...roots);
    return undefined;
  }

  /** Sizes beyond what is known: their checkpoints are compared with nothing yet. */
  get unproven(): number[] {
    return [...this.#observed.keys()].filter((size) => size > this.size);
  }
}
