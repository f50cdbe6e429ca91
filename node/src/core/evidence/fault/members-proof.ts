import {
  appendLeafHash,
  EMPTY_FRONTIER,
  encodeBase64,
  equalBytes,
  evaluateQuorum,
  hashLeaf,
  openCheckpoint,
  parseVerifierKey,
  protoError,
  rootOf,
  utf8Encode,
  type WitnessPolicy,
} from "@tallystick/proto";
import { type AttestKeyRecord, type Member, MembersState } from "@tallystick/registry";
import { evidenceError } from "../evidence-errors.ts";
import type { TrustAnchor } from "../registry-proof.ts";

/** The members log as a fault document carries it: every entry, and a checkpoint over them. */
export interface MembersExhibit {
  readonly note: string;
  readonly entries: readonly string[];
}

/**
 * The members log replayed whole, from the pinned genesis to a checkpoint that the registry signed: who was whom, and which keys
 * were whose. Nothing of it is taken from the document's word.
 */
export class MembersProof {
  readonly #state: MembersState;
  readonly #roots: string[] = [encodeBase64(rootOf(EMPTY_FRONTIER))];
  readonly #policy: WitnessPolicy;
  readonly origin: string;
  readonly size: number;
  /** Whether a quorum of witnesses cosigned the checkpoint. */
  readonly witnessed: boolean;

  /** @throws what openCheckpoint and MembersState.apply throw; ROOT_MISMATCH, CLAIM_MISSING */
  constructor(trust: TrustAnchor, { note, entries }: MembersExhibit) {
    const { members } = trust.logs;
    const signed = openCheckpoint(note, parseVerifierKey(members.vkey), members.origin);
    const { treeSize, rootHash } = signed.checkpoint;
    const origins = Object.values(trust.logs).map(({ origin }) => origin);
    this.#state = new MembersState(members.origin, trust.genesis, origins);
    let frontier = EMPTY_FRONTIER;
    for (const entry of entries) {
      const bytes = utf8Encode(entry);
      this.#state.apply(bytes);
      frontier = appendLeafHash(frontier, hashLeaf(bytes));
      this.#roots.push(encodeBase64(rootOf(frontier)));
    }
    if (frontier.size !== treeSize || !equalBytes(rootOf(frontier), rootHash)) {
      throw protoError("ROOT_MISMATCH", { treeSize });
    }
    const policy = this.#state.witnessPolicy;
    if (policy === undefined) throw evidenceError("CLAIM_MISSING", { what: "genesis" });
    this.#policy = policy;
    this.origin = members.origin;
    this.size = treeSize;
    this.witnessed = evaluateQuorum(policy, signed.note).met;
  }

  get networkName(): string {
    return this.#state.networkName;
  }

  get policy(): WitnessPolicy {
    return this.#policy;
  }

  /** @throws MEMBER_UNKNOWN */
  requireMember(did: string): Member {
    const member = this.#state.memberOf(did);
    if (member === undefined) throw evidenceError("MEMBER_UNKNOWN", { origin: did });
    return member;
  }

  /** The member whose log that is, or was. @throws MEMBER_UNKNOWN */
  memberByOrigin(origin: string): Member {
    const member = this.#state.memberByOrigin(origin);
    if (member === undefined) throw evidenceError("MEMBER_UNKNOWN", { origin });
    return member;
  }

  /** The attesting key of that id, whether it is in use or was. */
  attestKey(did: string, kid: string): AttestKeyRecord | undefined {
    return this.#state.memberOf(did)?.keys.attestKey(kid);
  }

  /** Root (base64) of the members log at that size; undefined beyond what is shown. */
  rootAt(size: number): string | undefined {
    return this.#roots[size];
  }
}
