import { canonicalJson, type JsonObject, parseCanonicalJson, utf8Encode } from "@tallystick/proto";
import { z } from "zod";

// What a node made of what it received. A verdict counts once it is in the node's journal, a log like any other; totals are a
// function of the set of verdicts, never of their order.

const base = {
  v: z.literal(1),
  member: z.string(),
  origin: z.string(),
  /** When it was journalled, Unix seconds. A verdict without one was known before any that has one. */
  at: z.int().min(0).exactOptional(),
};

const verdictSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    ...base,
    kind: z.literal("accepted"),
    index: z.int().min(0),
    /** Leaf hash, base64. */
    leaf: z.string(),
    kid: z.string(),
    /** Size of the checkpoint under which the entry was first seen. */
    treeSize: z.int().min(0),
    /** It counts by its log alone: its signature is yet to be checked (docs/protocol.md, COV-1). */
    mode: z.literal("covered").exactOptional(),
  }),
  z.strictObject({
    ...base,
    /** The signature of an entry that counted as covered holds. One that does not is `refused`, and what counted no longer does. */
    kind: z.literal("signature-checked"),
    index: z.int().min(0),
  }),
  z.strictObject({
    ...base,
    kind: z.literal("refused"),
    index: z.int().min(0),
    code: z.string(),
    reason: z.string(),
  }),
  z.strictObject({
    ...base,
    /**
     * An accepted entry does not count until it is attested again: its key may have been another's when a quorum saw it (`compromised`), or
     * was the member's no more (`retired`).
     */
    kind: z.literal("disputed"),
    index: z.int().min(0),
    kid: z.string(),
    why: z.enum(["compromised", "retired"]),
    /** Index in the members log of the key event that says so. */
    event: z.int().min(0),
  }),
  z.strictObject({
    ...base,
    kind: z.enum(["superseded", "revoked"]),
    targetIndex: z.int().min(0),
    byIndex: z.int().min(0),
  }),
  z.strictObject({
    ...base,
    /** `late`: an opening came after its batch. `reordered`: a counter that was skipped has a leaf after all. */
    kind: z.enum(["withheld", "dropped", "tag-reused", "late", "reordered"]),
    /** The leaf that showed it; of `late`, the one that was opened. */
    index: z.int().min(0),
    counter: z.int().min(0),
  }),
  z.strictObject({
    ...base,
    kind: z.literal("feed-fault"),
    size: z.int().min(0),
    code: z.string(),
    reason: z.string(),
  }),
  z.strictObject({
    ...base,
    /** Persons of this node's own member signed that a report closes a period, or that one is open again. */
    kind: z.enum(["period-closed", "period-reopened"]),
    period: z.string(),
    number: z.int().min(0),
    /** Digest of the report. */
    report: z.string(),
  }),
]);

/** One verdict on what a supplier's feed held. */
export type Verdict = z.infer<typeof verdictSchema>;

/** Most characters of a reason. */
const MAX_REASON = 500;

/**
 * A reason as a verdict holds it. Whoever caused it may have chosen its characters: a cut through one of two code units would
 * leave a verdict that has no canonical form.
 */
export function cutReason(text: string): string {
  return text.slice(0, MAX_REASON).toWellFormed();
}

/** The leaf of the journal: the verdict as JCS. */
export function formatVerdict(verdict: Verdict): Uint8Array {
  return utf8Encode(canonicalJson(verdict as unknown as JsonObject));
}

/** @throws JSON_NOT_CANONICAL, ZodError on a record that this node did not write */
export function parseVerdict(text: string): Verdict {
  return verdictSchema.parse(parseCanonicalJson(text));
}
