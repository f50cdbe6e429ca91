import { type LedgerLine, ledgerLineSchema } from "@tallystick/contracts";
import { z } from "zod";

/**
 * One thing that was learnt of the ledger: a line, a line in other words than before, or that a line was none. Versions are only ever
 * added, so that what was known at any time can be told again.
 */
export type LedgerVersion =
  | { readonly v: 1; readonly sequence: number; readonly at: number; readonly kind: "line"; readonly line: LedgerLine }
  | {
      readonly v: 1;
      readonly sequence: number;
      readonly at: number;
      readonly kind: "retracted";
      readonly id: string;
      readonly reason: string;
    };

const base = {
  v: z.literal(1),
  /** Its place in the ledger's history, from 0. */
  sequence: z.int().min(0),
  /** When this node learnt it: Unix seconds, never less than that of the version before. */
  at: z.int().min(0),
};

/** As stored. */
export const ledgerVersionSchema: z.ZodType<LedgerVersion> = z.discriminatedUnion("kind", [
  z.strictObject({ ...base, kind: z.literal("line"), line: ledgerLineSchema }),
  z.strictObject({
    ...base,
    kind: z.literal("retracted"),
    id: z.string().min(1).max(128),
    reason: z.string().min(1).max(500),
  }),
]);

/** The id of the line that a version is about. */
export function lineIdOf(version: LedgerVersion): string {
  return version.kind === "line" ? version.line.id : version.id;
}
