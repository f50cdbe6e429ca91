import type { CheckpointGossip } from "../ports/checkpoint-gossip.ts";

/** One end of an in-process mesh. */
export class GossipPeer implements CheckpointGossip {
  readonly #listeners = new Set<(note: string) => void>();
  readonly #neighbours = new Set<GossipPeer>();
  readonly #passed = new Set<string>();

  /** Makes these two neighbours. */
  linkTo(other: GossipPeer): void {
    this.#neighbours.add(other);
    other.#neighbours.add(this);
  }

  async publish(note: string): Promise<void> {
    this.#passOn(note);
  }

  onNote(listener: (note: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Everybody passes on what it has not passed on yet, whatever it is. */
  #passOn(note: string): void {
    if (this.#passed.has(note)) return;
    this.#passed.add(note);
    for (const neighbour of this.#neighbours) {
      for (const listener of neighbour.#listeners) listener(note);
      neighbour.#passOn(note);
    }
  }
}
