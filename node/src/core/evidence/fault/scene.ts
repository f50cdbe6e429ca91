import {
  AGREEMENT_TYP,
  type AgreementOffer,
  parseAgreementAcceptance,
  parseAgreementOffer,
} from "@tallystick/contracts";
import {
  appendLeafHashes,
  commitRouteKey,
  type DeliverLeaf,
  decodeBase64,
  encodeBase64,
  equalBytes,
  evaluateQuorum,
  hashJws,
  hashLeaf,
  isTallyError,
  type KeyResolver,
  openCheckpoint,
  parseFrontier,
  parseLeaf,
  protoError,
  rootOf,
  type SignedCheckpoint,
  type VerifierKey,
  verifyInclusion,
  verifyJws,
} from "@tallystick/proto";
import type { Member } from "@tallystick/registry";
import { evidenceError } from "../evidence-errors.ts";
import type { FaultKind } from "./fault-document.ts";
import type { MembersProof } from "./members-proof.ts";

/** A leaf that stands in the accused member's log. */
export interface ShownLeaf {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
}

/** A checkpoint that the accused member signed. */
export interface ShownCheckpoint {
  readonly treeSize: number;
  readonly rootHash: Uint8Array;
  /** Whether a quorum of witnesses cosigned it, and then when. */
  readonly final: boolean;
  readonly logTimeUnix?: number;
}

/** What every kind of fault is checked against: the accused, the reporter, and the registry that knows both. No I/O, no clock. */
export class Scene {
  readonly kind: FaultKind;
  readonly member: Member;
  readonly origin: string;
  readonly reporter: string;
  readonly members: MembersProof;
  readonly #checkpointKeys: readonly VerifierKey[];
  readonly #caveats = new Set<string>();

  /** @throws MEMBER_UNKNOWN, ORIGIN_MISMATCH */
  constructor(parts: { kind: FaultKind; member: string; origin: string; reporter: string; members: MembersProof }) {
    this.kind = parts.kind;
    this.members = parts.members;
    this.member = parts.members.requireMember(parts.member);
    this.origin = parts.origin;
    this.reporter = parts.reporter;
    // Also a feed that it had before it named a successor.
    this.#checkpointKeys = this.member.keys.periods
      .filter(({ origin }) => origin === parts.origin)
      .map(({ checkpointKey }) => checkpointKey);
    if (this.#checkpointKeys.length === 0) {
      throw evidenceError("ORIGIN_MISMATCH", { expected: this.member.origin, actual: parts.origin });
    }
  }

  /** Every key that signed checkpoints of the log, the newest last. */
  get checkpointKeys(): readonly VerifierKey[] {
    return this.#checkpointKeys;
  }

  /** What the accused said of its own keys and a reader must know. */
  get caveats(): readonly string[] {
    return [...this.#caveats];
  }

  /** An attesting key that the accused has or had. */
  readonly attestKey: KeyResolver = (kid) => {
    const { did } = this.member;
    const record = this.members.attestKey(did, kid);
    if (record?.compromisedSince !== undefined) this.#warn(kid, record.compromisedSince);
    return record?.key;
  };

  #warn(kid: string, sinceUnix: number): void {
    const { did } = this.member;
    const since = new Date(sinceUnix * 1000).toISOString();
    this.#caveats.add(`that ${did} itself used ${kid}: it has said that the key was compromised since ${since}`);
  }

  /** The refusal of a document that does not show what it says. */
  notShown(reason: string): Error {
    return evidenceError("FAULT_NOT_SHOWN", { kind: this.kind, reason });
  }

  /** @throws what openCheckpoint throws */
  checkpoint(note: string): ShownCheckpoint {
    const { checkpoint, note: parsed } = this.#open(note);
    const quorum = evaluateQuorum(this.members.policy, parsed);
    return {
      treeSize: checkpoint.treeSize,
      rootHash: checkpoint.rootHash,
      final: quorum.met,
      ...(quorum.met && quorum.logTimeUnix !== undefined ? { logTimeUnix: quorum.logTimeUnix } : {}),
    };
  }

  #open(note: string): SignedCheckpoint {
    const keys = this.#checkpointKeys;
    const { did } = this.member;
    for (const { kids, since } of this.member.keys.compromises) {
      if (kids.includes(`${did}#checkpoint`)) this.#warn(`${did}#checkpoint`, since);
    }
    for (const key of keys.slice(0, -1)) {
      const signed = openedBy(note, key);
      if (signed !== undefined) return signed;
    }
    return openCheckpoint(note, keys.at(-1) as VerifierKey);
  }

  /** @throws INCLUSION_PROOF_INVALID and what `checkpoint` throws */
  leaves(log: {
    readonly checkpoint: string;
    readonly leaves: readonly { readonly index: number; readonly leaf: string; readonly path: readonly string[] }[];
  }): { readonly checkpoint: ShownCheckpoint; readonly leaves: readonly ShownLeaf[] } {
    const checkpoint = this.checkpoint(log.checkpoint);
    const leaves = log.leaves.map(({ index, leaf, path }): ShownLeaf => {
      const bytes = decodeBase64(leaf);
      const hash = hashLeaf(bytes);
      verifyInclusion(hash, index, checkpoint.treeSize, path.map(decodeBase64), checkpoint.rootHash);
      return { index, bytes, hash };
    });
    return { checkpoint, leaves };
  }

  /** Every leaf from one index to a checkpoint. @throws ROOT_MISMATCH, PROOF_MALFORMED and what `checkpoint` throws */
  range(log: {
    readonly checkpoint: string;
    readonly from: number;
    readonly frontier: readonly string[];
    readonly leaves: readonly string[];
  }): { readonly checkpoint: ShownCheckpoint; readonly leaves: readonly ShownLeaf[] } {
    const checkpoint = this.checkpoint(log.checkpoint);
    const leaves = log.leaves.map((leaf, at): ShownLeaf => {
      const bytes = decodeBase64(leaf);
      return { index: log.from + at, bytes, hash: hashLeaf(bytes) };
    });
    const before = parseFrontier(log.from, log.frontier.map(decodeBase64));
    const frontier = appendLeafHashes(
      before,
      leaves.map(({ hash }) => hash),
    );
    if (frontier.size !== checkpoint.treeSize || !equalBytes(rootOf(frontier), checkpoint.rootHash)) {
      throw protoError("ROOT_MISMATCH", { treeSize: checkpoint.treeSize });
    }
    return { checkpoint, leaves };
  }

  /** @throws FAULT_NOT_SHOWN unless the leaf delivers something; LEAF_MALFORMED */
  deliver({ index, bytes }: ShownLeaf): DeliverLeaf {
    const leaf = parseLeaf(bytes);
    if (leaf.kind !== "deliver") throw this.notShown(`leaf ${index} delivers nothing`);
    return leaf;
  }

  /** The hash of the JWS that a leaf publishes. @throws FAULT_NOT_SHOWN unless it publishes one; LEAF_MALFORMED */
  publishedBy({ index, bytes }: ShownLeaf): Uint8Array {
    const leaf = parseLeaf(bytes);
    if (leaf.kind !== "attest" && leaf.kind !== "supersede") throw this.notShown(`leaf ${index} attests nothing`);
    return leaf.jwsHash;
  }

  /** The agreement of the reporter with the accused on this log. @throws FAULT_NOT_SHOWN and the codes of JWSs and agreements */
  agreement({ offer: offerJws, acceptance }: { readonly offer: string; readonly acceptance: string }): AgreementOffer {
    const { did } = this.member;
    const offered = verifyJws(offerJws, AGREEMENT_TYP, (kid) => this.members.attestKey(this.reporter, kid)?.key);
    const accepted = verifyJws(acceptance, AGREEMENT_TYP, this.attestKey);
    const offer = parseAgreementOffer(offered.payload);
    const answer = parseAgreementAcceptance(accepted.payload);
    const parties = offer.buyer === this.reporter && offer.supplier === did && offer.origin === this.origin;
    if (!parties) throw this.notShown("the agreement is of other parties");
    if (answer.offer !== encodeBase64(hashJws(offerJws)) || answer.supplier !== did || answer.buyer !== this.reporter) {
      throw this.notShown("the offer was not accepted");
    }
    return offer;
  }

  /** @throws FAULT_NOT_SHOWN unless it is the route key that the agreement commits to */
  routeKey(text: string, { routeKeyCommitment }: AgreementOffer): Uint8Array {
    const routeKey = decodeBase64(text);
    if (encodeBase64(commitRouteKey(routeKey)) !== routeKeyCommitment) {
      throw this.notShown("not the route key of the agreement");
    }
    return routeKey;
  }
}

/** Undefined where the note has no line of that key. */
function openedBy(note: string, key: VerifierKey): SignedCheckpoint | undefined {
  try {
    return openCheckpoint(note, key);
  } catch (error) {
    if (isTallyError(error, "NOTE_UNSIGNED")) return undefined;
    throw error;
  }
}
