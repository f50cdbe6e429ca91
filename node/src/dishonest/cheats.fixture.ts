import type { ListedFault } from "../core/evidence/fault/fault-list.ts";
import type { CheatName } from "./cheats.ts";

// What becomes of each cheat, where the member published 10 kg of one product honestly and cheats over 7 kg of another.

export interface Expected {
  /** Kinds of the faults that the buyer's journal and inventory name, those that healed in brackets. */
  readonly faults: readonly string[];
  /** Kinds of the documents that show them to others. */
  readonly evidence: readonly string[];
  /** What of the second product counts: NOTHING, or the figure that was truly published and delivered. */
  readonly total: string;
}

const NOTHING = "10.000000000";
export const THE_TRUE_FIGURE = "17.000000000";

/** Cheats that one buyer catches by what it is shown; two histories, and one that stands still, take what others are shown. */
export type AloneCaught = Exclude<CheatName, "forking" | "freezing">;

/** docs/threat-model.md says the same in words. */
export const EXPECTED: Readonly<Record<AloneCaught, Expected>> = {
  altering: { faults: ["altered"], evidence: ["altered"], total: NOTHING },
  backdating: { faults: ["misdated"], evidence: ["backdated"], total: NOTHING },
  dropping: { faults: ["dropped"], evidence: ["dropped"], total: THE_TRUE_FIGURE },
  "false-disclosing": { faults: ["false-disclosures"], evidence: ["false-disclosures"], total: NOTHING },
  forging: { faults: ["invalid-attestation"], evidence: ["invalid-attestation"], total: NOTHING },
  garbling: { faults: ["malformed-leaf"], evidence: ["malformed-leaf"], total: NOTHING },
  "hostile-spelling": { faults: ["invalid-attestation"], evidence: ["invalid-attestation"], total: NOTHING },
  late: { faults: ["withheld"], evidence: ["withheld"], total: NOTHING },
  misaddressing: { faults: ["misaddressed"], evidence: ["misaddressed"], total: NOTHING },
  misopening: { faults: ["opening-invalid"], evidence: ["withheld"], total: NOTHING },
  reordering: { faults: ["(dropped)", "reordered"], evidence: ["dropped", "reordered"], total: THE_TRUE_FIGURE },
  replaying: { faults: ["invalid-attestation"], evidence: ["invalid-attestation"], total: NOTHING },
  "reusing-tags": { faults: ["tag-reused"], evidence: ["tag-reused"], total: NOTHING },
  rewriting: { faults: ["ROOT_MISMATCH"], evidence: ["rewritten"], total: NOTHING },
  "rolling-back": { faults: ["LOG_ROLLED_BACK"], evidence: ["rolled-back"], total: NOTHING },
  "two-live": { faults: ["two-live"], evidence: ["two-live"], total: NOTHING },
  withholding: { faults: ["withheld"], evidence: ["withheld"], total: NOTHING },
  "wrong-target": { faults: ["wrong-target"], evidence: ["wrong-target"], total: NOTHING },
};

/** The kind of a fault, in brackets where it healed. */
export const named = ({ kind, healedBy }: ListedFault): string => (healedBy === undefined ? kind : `(${kind})`);
