import { type ChangePayload, encodeBase64, hashLeaf, parseChange, verifyChange } from "@tallystick/proto";
import type { z } from "zod";
import { registryError } from "../errors.ts";
import type { Maintainers } from "./maintainers.ts";

/** Whose approvals an entry may bear, and how many it needs. */
export interface Approvers extends Maintainers {
  /** What else the approvals must come to; given the key ids of those that hold. */
  readonly requireAll?: (approvers: readonly string[]) => void;
}

/** The chain of one registry log: how far it goes, and what the next entry must name. */
export class ChangeLog {
  readonly origin: string;
  #size = 0;
  #last = "";

  constructor(origin: string) {
    this.origin = origin;
  }

  get size(): number {
    return this.#size;
  }

  /** Leaf hash of the last entry, base64; "" while the log is empty. */
  get last(): string {
    return this.#last;
  }

  /** The payload of the change that would come next. */
  next(change: object): ChangePayload {
    const payload = { v: 1, log: this.origin, sequence: this.#size, previous: this.#last, change };
    return payload as unknown as ChangePayload;
  }

  /**
   * Reads an entry as the next one, with nothing changed yet.
   *
   * @throws CHANGE_OUT_OF_ORDER, CHANGE_INVALID and what `verifyChange` throws
   */
  read<T>(bytes: Uint8Array, schema: z.ZodType<T>, maintainers: (change: T) => Approvers): T {
    const { payload } = parseChange(bytes);
    if (payload.log !== this.origin || payload.sequence !== this.#size || payload.previous !== this.#last) {
      throw registryError("CHANGE_OUT_OF_ORDER", {
        origin: this.origin,
        expected: this.#size,
        found: payload.sequence,
      });
    }
    const parsed = schema.safeParse(payload.change);
    if (!parsed.success) {
      const reason = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
      throw registryError("CHANGE_INVALID", { origin: this.origin, reason });
    }
    const { threshold, keys, requireAll } = maintainers(parsed.data);
    const { approvals } = verifyChange(bytes, { threshold, resolve: (kid) => keys.get(kid) });
    requireAll?.(approvals.map(({ kid }) => kid));
    return parsed.data;
  }

  /** Counts an entry that was read and applied. */
  advance(bytes: Uint8Array): void {
    this.#size += 1;
    this.#last = encodeBase64(hashLeaf(bytes));
  }
}
