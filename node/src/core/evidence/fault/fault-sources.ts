import type { Agreement } from "../../agreement/agreement-terms.ts";
import type { SizedNote } from "../evidence-sources.ts";
import type { MembersExhibit } from "./members-proof.ts";

/** What was handed over and refused, as it came. */
export interface HandedOver {
  /** Index of the leaf that it came with. */
  readonly deliveredAt: number;
  readonly salt: string;
  readonly targetIndex: number;
  readonly jws: string;
  readonly disclosures: readonly string[];
}

/** A checkpoint that was refused, and how it contradicts the one held, where that was found out. */
export interface OfferedCheckpoint {
  readonly note: string;
  /** What the offered log begins with, at the size held: root and consistency path, base64. */
  readonly prefix?: { readonly root: string; readonly path: readonly string[] };
}

/** What a node holds of the feeds that it follows: all that a fault document is built from. */
export interface FaultSources {
  /** Verified leaves in [from, to). @throws EVIDENCE_NOT_HELD */
  leaves(origin: string, from: number, to: number): Promise<readonly Uint8Array[]>;
  /** A checkpoint over at least `size` leaves: a final one where there is one near. @throws EVIDENCE_NOT_HELD */
  noteCovering(origin: string, size: number): Promise<SizedNote>;
  /** The checkpoint of the log as it is held. @throws EVIDENCE_NOT_HELD */
  newestNote(origin: string): Promise<SizedNote>;
  /** The largest final checkpoint over at most `size` leaves. */
  finalNoteUpTo(origin: string, size: number): Promise<SizedNote | undefined>;
  handedOver(origin: string, index: number): Promise<HandedOver | undefined>;
  offered(origin: string): Promise<OfferedCheckpoint | undefined>;
  /** The JWS of an accepted attestation. @throws EVIDENCE_NOT_HELD */
  attestation(origin: string, index: number): Promise<string>;
  agreement(origin: string): Agreement | undefined;
  members(): Promise<MembersExhibit>;
}
