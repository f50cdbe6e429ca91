import { factorRowBytes } from "@tallystick/contracts";
import { hashLeaf, hashNode, inclusionProof } from "@tallystick/proto";
import type { FactorTable } from "../inventory/factor-library.ts";
import { evidenceError } from "./evidence-errors.ts";

/** Makes inclusion proofs for the rows of one whole factor set. */
export class FactorRowProofs {
  /** Hashes of complete subtrees by level; level 0 holds the rows' leaf hashes. */
  readonly #levels: readonly (readonly Uint8Array[])[];

  /** `table` must hold every row of its set. @throws EVIDENCE_NOT_HELD */
  constructor({ set, rows }: FactorTable) {
    if (rows.size !== set.rowCount) {
      throw evidenceError("EVIDENCE_NOT_HELD", { what: `all rows of ${set.id}@${set.version}` });
    }
    const placed = [...rows.values()].sort((a, b) => a.index - b.index);
    const levels = [placed.map(({ row }) => hashLeaf(factorRowBytes(row)))];
    for (let below = levels[0] as Uint8Array[]; below.length > 1; ) {
      const level: Uint8Array[] = [];
      for (let at = 0; at + 1 < below.length; at += 2) {
        level.push(hashNode(below[at] as Uint8Array, below[at + 1] as Uint8Array));
      }
      levels.push(level);
      below = level;
    }
    this.#levels = levels;
  }

  /** The audit path of the row at `index` under the set's rows root. */
  path(index: number): Promise<readonly Uint8Array[]> {
    const read = (level: number, at: number): Uint8Array => this.#levels[level]?.[at] as Uint8Array;
    return inclusionProof(read, index, this.#levels[0]?.length ?? 0);
  }
}
