import type { WriteOp } from "../ports/store.ts";

/** What an append resolves with, once it is durable and signed. */
export interface Appended {
  /** Index of the first of the appended leaves; the others follow it. */
  readonly firstIndex: number;
  /** The log's own signed note over a size that covers them. */
  readonly checkpoint: string;
}

/** One caller's append, waiting for its group. Its leaves stay together and in order. */
export interface PendingAppend {
  readonly leaves: readonly Uint8Array[];
  readonly extra: ((firstIndex: number) => readonly WriteOp[]) | undefined;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

/** Appends with their place in the log, and all that they write beside it. */
export interface AppendGroup {
  readonly members: readonly { readonly pending: PendingAppend; readonly firstIndex: number }[];
  readonly leaves: readonly Uint8Array[];
  readonly extraOps: readonly WriteOp[];
}

/** Appends in the order of their calls, handed out in groups that become one write. */
export class AppendQueue {
  #pending: PendingAppend[] = [];
  #entries = 0;

  get entries(): number {
    return this.#entries;
  }

  push(pending: PendingAppend): void {
    this.#pending.push(pending);
    this.#entries += pending.leaves.length;
  }

  /** Whole appends up to `maxEntries` leaves, or a larger one alone. One whose `extra` throws is rejected and left out. */
  take(size: number, maxEntries: number): AppendGroup {
    const members: { pending: PendingAppend; firstIndex: number }[] = [];
    const leaves: Uint8Array[] = [];
    const extraOps: WriteOp[] = [];
    let taken = 0;
    for (const pending of this.#pending) {
      if (leaves.length > 0 && leaves.length + pending.leaves.length > maxEntries) break;
      taken += 1;
      this.#entries -= pending.leaves.length;
      const firstIndex = size + leaves.length;
      try {
        extraOps.push(...(pending.extra?.(firstIndex) ?? []));
      } catch (error) {
        pending.reject(error);
        continue;
      }
      members.push({ pending, firstIndex });
      for (const leaf of pending.leaves) leaves.push(leaf);
    }
    this.#pending = this.#pending.slice(taken);
    return { members, leaves, extraOps };
  }

  rejectAll(error: unknown): void {
    const pending = this.#pending;
    this.#pending = [];
    this.#entries = 0;
    for (const { reject } of pending) reject(error);
  }
}
