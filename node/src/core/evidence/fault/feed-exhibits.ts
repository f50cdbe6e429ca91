import {
  appendLeafHashes,
  consistencyProof,
  EMPTY_FRONTIER,
  encodeBase64,
  equalBytes,
  type Frontier,
  hashLeaf,
  inclusionProof,
  isTallyError,
  type NodeReader,
  parseLeaf,
  rootOf,
} from "@tallystick/proto";
import { evidenceError } from "../evidence-errors.ts";
import type { SizedNote } from "../evidence-sources.ts";
import type { Exhibit } from "./fault-document.ts";
import type { FaultSources } from "./fault-sources.ts";

/** Leaves read at once. */
const PAGE = 4_096;
/** Most leaves that a document shows in a row. */
const MAX_RANGE = 200_000;

/** Parts of one feed as a fault document shows them, with their proofs, from the leaves that this node holds. */
export class FeedExhibits {
  readonly #sources: FaultSources;
  readonly #origin: string;

  constructor(sources: FaultSources, origin: string) {
    this.#sources = sources;
    this.#origin = origin;
  }

  /** These leaves under one checkpoint that covers them all. @throws EVIDENCE_NOT_HELD */
  async leaves(...indices: readonly number[]): Promise<Exhibit<"wrong-target">["log"]> {
    const { size, note } = await this.#sources.noteCovering(this.#origin, Math.max(...indices) + 1);
    const leaves = [];
    for (const index of indices) {
      const path = await inclusionProof(this.#nodes, index, size);
      leaves.push({ index, leaf: encodeBase64(await this.leaf(index)), path: path.map(encodeBase64) });
    }
    return { checkpoint: note, leaves: leaves as Exhibit<"altered">["log"]["leaves"] };
  }

  /** One leaf under a checkpoint. */
  async one(index: number): Promise<Exhibit<"withheld">["log"]> {
    return (await this.leaves(index)) as Exhibit<"withheld">["log"];
  }

  async two(first: number, second: number): Promise<Exhibit<"altered">["log"]> {
    return (await this.leaves(first, second)) as Exhibit<"altered">["log"];
  }

  /** Every leaf from one on, up to a checkpoint. @throws EVIDENCE_NOT_HELD, FAULT_NOT_EXPORTABLE where they are too many */
  async range(from: number, { size, note }: SizedNote): Promise<Exhibit<"dropped">["log"]> {
    if (size - from > MAX_RANGE) {
      const reason = `it takes ${size - from} entries to show it, and a document has at most ${MAX_RANGE}`;
      throw evidenceError("FAULT_NOT_EXPORTABLE", { kind: "range", reason });
    }
    const { hashes } = await this.#frontier(0, from);
    const leaves = await this.#sources.leaves(this.#origin, from, size);
    return { checkpoint: note, from, frontier: hashes.map(encodeBase64), leaves: leaves.map(encodeBase64) };
  }

  async leaf(index: number): Promise<Uint8Array> {
    const [leaf] = await this.#sources.leaves(this.#origin, index, index + 1);
    if (leaf === undefined) throw evidenceError("EVIDENCE_NOT_HELD", { what: `entry ${index} of ${this.#origin}` });
    return leaf;
  }

  /** Index of the last leaf before `end` that carries one of these tags, and which of them. */
  async lastTagged(tags: readonly Uint8Array[], end: number): Promise<{ index: number; tag: number } | undefined> {
    for (let to = end; to > 0; to -= PAGE) {
      const from = Math.max(0, to - PAGE);
      const leaves = await this.#sources.leaves(this.#origin, from, to);
      for (let at = leaves.length - 1; at >= 0; at--) {
        const carried = tagOf(leaves[at] as Uint8Array);
        const tag = carried === undefined ? -1 : tags.findIndex((one) => equalBytes(one, carried));
        if (tag >= 0) return { index: from + at, tag };
      }
    }
    return undefined;
  }

  /** The root of the first `size` leaves, and the path that shows them to be a prefix of the first `larger`. */
  async prefix(size: number, larger: number): Promise<{ root: string; path: string[] }> {
    const root = rootOf(await this.#frontier(0, size));
    const path = await consistencyProof(this.#nodes, size, larger);
    return { root: encodeBase64(root), path: path.map(encodeBase64) };
  }

  readonly #nodes: NodeReader = async (level, index) => {
    const width = 2 ** level;
    return rootOf(await this.#frontier(index * width, (index + 1) * width));
  };

  async #frontier(start: number, end: number): Promise<Frontier> {
    let frontier = EMPTY_FRONTIER;
    for (let from = start; from < end; from += PAGE) {
      const page = await this.#sources.leaves(this.#origin, from, Math.min(end, from + PAGE));
      frontier = appendLeafHashes(frontier, page.map(hashLeaf));
    }
    return frontier;
  }
}

function tagOf(bytes: Uint8Array): Uint8Array | undefined {
  try {
    const leaf = parseLeaf(bytes);
    return leaf.kind === "deliver" ? leaf.routeTag : undefined;
  } catch (error) {
    // A leaf that is no record carries no tag.
    if (isTallyError(error)) return undefined;
    throw error;
  }
}
