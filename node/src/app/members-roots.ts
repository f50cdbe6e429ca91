import { appendLeafHash, EMPTY_FRONTIER, encodeBase64, type Frontier, hashLeaf, rootOf } from "@tallystick/proto";
import type { Replica } from "@tallystick/registry";

/** The roots that the members log had at each size, as far as this node's replica goes. */
export class MembersRoots {
  #frontier: Frontier = EMPTY_FRONTIER;
  readonly #roots: string[] = [encodeBase64(rootOf(EMPTY_FRONTIER))];

  /** Takes in what the replica has learnt since. */
  async refresh(replica: Replica): Promise<void> {
    const from = this.#frontier.size;
    if (replica.sizeOf("members") <= from) return;
    for (const leaf of await replica.leaves("members", from)) {
      this.#frontier = appendLeafHash(this.#frontier, hashLeaf(leaf));
      this.#roots.push(encodeBase64(rootOf(this.#frontier)));
    }
  }

  at(size: number): string | undefined {
    return this.#roots[size];
  }
}
