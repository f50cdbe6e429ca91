import type { Frontier } from "@tallystick/proto";
import type { RegistryLog } from "@tallystick/registry";
import type { EvidenceRef } from "../inventory/inventory.ts";

/** A signed note and the size that it is about. */
export interface SizedNote {
  readonly size: number;
  readonly note: string;
}

/** What a node holds of the logs that its figures rest on: all that a bundle is built from. */
export interface EvidenceSources {
  /**
   * A checkpoint of a feed that covers every leaf whose verdict is in the inventory's input and none beyond; where
   * there is a choice, the one with a quorum's cosignatures. @throws EVIDENCE_NOT_HELD
   */
  feedCheckpoint(origin: string): Promise<SizedNote>;
  /** The compact range of the feed's first `size` leaves. @throws EVIDENCE_NOT_HELD */
  feedFrontier(origin: string, size: number): Promise<Frontier>;
  /** The verified leaves in [from, to), as their bytes. @throws EVIDENCE_NOT_HELD */
  feedLeaves(origin: string, from: number, to: number): Promise<readonly Uint8Array[]>;
  /** The compact JWS of an attestation and the disclosures that came with it. @throws EVIDENCE_NOT_HELD */
  attestation(ref: EvidenceRef): Promise<{ readonly jws: string; readonly disclosures: readonly string[] }>;
  /** The first checkpoint above an entry of the feed that a quorum cosigned, where one is held: it dates the entry. */
  feedFinalOver(origin: string, index: number): Promise<string | undefined>;
  /** The first checkpoint above an entry of the members log that a quorum cosigned, where one is held. */
  membersFinalOver(entry: number): Promise<string | undefined>;
  /** The replica's checkpoint of a registry log and all entries up to it. */
  registryLog(log: RegistryLog): Promise<{ readonly note: string; readonly entries: readonly Uint8Array[] }>;
}
