import {
  appendLeafHashes,
  decodeBase64,
  encodeBase64,
  equalBytes,
  evaluateQuorum,
  type Frontier,
  hashLeaf,
  type Leaf,
  openCheckpoint,
  parseFrontier,
  parseLeaf,
  protoError,
  rootOf,
  utf8Encode,
  type VerifierKey,
  type WitnessPolicy,
} from "@tallystick/proto";
import type { Retraction } from "../inventory/inventory.ts";
import type { Claim } from "./claims.ts";
import { evidenceError } from "./evidence-errors.ts";

/** A leaf of a proven range with its hash (base64). */
export interface ProvenLeaf {
  readonly leaf: Leaf;
  readonly hash: string;
}

/**
 * One feed as a bundle shows it: every leaf from first use to a signed checkpoint. That range is what makes negative
 * statements checkable: what no leaf in it supersedes or revokes was live when the checkpoint was signed.
 */
export class FeedProof {
  readonly origin: string;
  readonly treeSize: number;
  readonly final: boolean;
  readonly logTimeUnix: number | undefined;
  readonly #rootHash: Uint8Array;
  readonly #times: {
    readonly size: number;
    readonly rootHash: Uint8Array;
    readonly logTimeUnix: number;
    /** Whether the leaves have led there. */
    isShown: boolean;
  }[] = [];
  readonly #leaves = new Map<number, ProvenLeaf>();
  readonly #retractions = new Map<number, Retraction>();
  #frontier: Frontier | undefined;

  /** @throws what openCheckpoint throws */
  constructor(claim: Claim<"checkpoint">, logKey: VerifierKey, policy: WitnessPolicy) {
    const { checkpoint, note } = openCheckpoint(claim.note, logKey, claim.origin);
    const quorum = evaluateQuorum(policy, note);
    this.origin = claim.origin;
    this.treeSize = checkpoint.treeSize;
    this.#rootHash = checkpoint.rootHash;
    this.final = quorum.met;
    this.logTimeUnix = quorum.met ? quorum.logTimeUnix : undefined;
  }

  /**
   * Takes an earlier note, which dates the entries below it once the leaves have led to its root.
   * @throws what openCheckpoint throws; LOG_TIME_NOT_SHOWN where no quorum cosigned it, or the leaves are past it
   */
  takeLogTime({ origin, note }: Claim<"log-time">, logKey: VerifierKey, policy: WitnessPolicy): void {
    const signed = openCheckpoint(note, logKey, origin);
    const { treeSize, rootHash } = signed.checkpoint;
    const { logTimeUnix } = evaluateQuorum(policy, signed.note);
    const isPast = treeSize > this.treeSize || this.#frontier !== undefined;
    if (logTimeUnix === undefined || isPast) throw evidenceError("LOG_TIME_NOT_SHOWN", { origin });
    this.#times.push({ size: treeSize, rootHash, logTimeUnix, isShown: false });
  }

  /** When a quorum had seen an entry, by the notes shown: Unix seconds. */
  seenUnix(index: number): number | undefined {
    const over = this.#times.filter(({ size, isShown }) => isShown && size > index);
    if (this.logTimeUnix !== undefined && index < this.treeSize) {
      return Math.min(this.logTimeUnix, ...over.map(({ logTimeUnix }) => logTimeUnix));
    }
    return over.length === 0 ? undefined : Math.min(...over.map(({ logTimeUnix }) => logTimeUnix));
  }

  /** The frontier after these leaves; each earlier note on the way must have its root. @throws ROOT_MISMATCH */
  #lead(given: Frontier, hashes: readonly Uint8Array[]): Frontier {
    let frontier = given;
    let at = 0;
    for (const time of [...this.#times].sort((a, b) => a.size - b.size)) {
      if (time.size <= given.size || time.size > given.size + hashes.length) continue;
      frontier = appendLeafHashes(frontier, hashes.slice(at, time.size - given.size));
      at = time.size - given.size;
      if (!equalBytes(rootOf(frontier), time.rootHash)) throw protoError("ROOT_MISMATCH", { treeSize: time.size });
      time.isShown = true;
    }
    return appendLeafHashes(frontier, hashes.slice(at));
  }

  /** True once the leaves reach the checkpoint and its root is theirs. */
  get complete(): boolean {
    return this.#frontier?.size === this.treeSize;
  }

  /**
   * Takes the next leaves. The first claim brings the compact range that they start from; the root at the end binds
   * that range too. @throws LEAVES_NOT_CONTIGUOUS, ROOT_MISMATCH, LEAF_MALFORMED, PROOF_MALFORMED
   */
  extend(claim: Claim<"leaves">): void {
    const { origin, from } = claim;
    const given = parseFrontier(from, claim.frontier.map(decodeBase64));
    if (this.#frontier !== undefined && !isSameFrontier(this.#frontier, given)) {
      throw evidenceError("LEAVES_NOT_CONTIGUOUS", { origin, index: from });
    }
    const bytes = claim.leaves.map(utf8Encode);
    const hashes = bytes.map(hashLeaf);
    const frontier = this.#lead(given, hashes);
    if (frontier.size > this.treeSize) throw evidenceError("LEAVES_NOT_CONTIGUOUS", { origin, index: this.treeSize });
    if (frontier.size === this.treeSize && !equalBytes(rootOf(frontier), this.#rootHash)) {
      throw protoError("ROOT_MISMATCH", { treeSize: this.treeSize });
    }
    for (const [at, leafBytes] of bytes.entries()) {
      const leaf = parseLeaf(leafBytes);
      const index = from + at;
      this.#leaves.set(index, { leaf, hash: encodeBase64(hashes[at] as Uint8Array) });
      if (leaf.kind !== "supersede" && leaf.kind !== "revoke") continue;
      const kind = leaf.kind === "supersede" ? "superseded" : "revoked";
      const { targetIndex } = leaf;
      // The first retraction is the one that ended the entry.
      if (!this.#retractions.has(targetIndex)) {
        this.#retractions.set(targetIndex, { kind, origin, targetIndex, byIndex: index });
      }
    }
    this.#frontier = frontier;
  }

  /** @throws LEAF_DIFFERS when the proven range has no leaf there */
  leaf(index: number): ProvenLeaf {
    const proven = this.#leaves.get(index);
    if (proven === undefined) throw evidenceError("LEAF_DIFFERS", { origin: this.origin, index });
    return proven;
  }

  /** @throws ENTRY_RETRACTED when a later leaf supersedes or revokes the entry */
  requireLive(index: number): void {
    const retraction = this.#retractions.get(index);
    if (retraction === undefined) return;
    throw evidenceError("ENTRY_RETRACTED", { origin: this.origin, index, by: retraction.byIndex });
  }
}

function isSameFrontier(a: Frontier, b: Frontier): boolean {
  return (
    a.size === b.size &&
    a.hashes.length === b.hashes.length &&
    a.hashes.every((hash, at) => equalBytes(hash, b.hashes[at] as Uint8Array))
  );
}
