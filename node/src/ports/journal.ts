import type { WriteOp } from "@tallystick/registry";
import type { Verdict } from "../core/journal/verdict.ts";

/** Where a node's verdicts stand, in order, for good. Only what stands here counts. */
export interface Journal {
  /**
   * Appends at least one verdict, together with the records it rests on: all or nothing. Durable when it resolves.
   *
   * @returns the verdicts as they stand in the journal, each with its time
   * @throws LOG_ and STORE_ codes
   */
  append(verdicts: readonly Verdict[], records: readonly WriteOp[]): Promise<readonly Verdict[]>;
  /** Every verdict from the first on. @throws STORE_CORRUPT */
  replay(): AsyncIterable<Verdict>;
}
