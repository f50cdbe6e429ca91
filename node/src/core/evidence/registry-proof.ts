import { type ContractDocument, digestOf, type FactorSet, type RateSet } from "@tallystick/contracts";
import {
  appendLeafHash,
  decodeBase64,
  EMPTY_FRONTIER,
  encodeBase64,
  equalBytes,
  evaluateQuorum,
  type Frontier,
  hashLeaf,
  openCheckpoint,
  type PublicKey,
  parseVerifierKey,
  protoError,
  rootOf,
  type SignedCheckpoint,
  utf8Encode,
  type VerifierKey,
  type WitnessPolicy,
} from "@tallystick/proto";
import {
  type AttestKeyRecord,
  type Member,
  REGISTRY_LOGS,
  type RegistryLog,
  RegistryState,
  type TrustedLog,
} from "@tallystick/registry";
import type { RegistryPin } from "../inventory/inventory.ts";
import type { InventoryPolicy, SetId } from "../inventory/inventory-policy.ts";
import { checkpointKeyOf } from "../keys/checkpoint-key.ts";
import type { Claim } from "./claims.ts";
import { evidenceError } from "./evidence-errors.ts";

/** The part of a trust file that a verifier pins: the logs' origins and keys, and the leaf hash of the genesis. */
export interface TrustAnchor {
  readonly logs: Readonly<Record<RegistryLog, TrustedLog>>;
  readonly genesis: string;
}

/** The body of an anchor claim. */
export function anchorOf({ logs, genesis }: TrustAnchor): Omit<Claim<"anchor">, "type"> {
  const pick = ({ origin, vkey }: TrustedLog): TrustedLog => ({ origin, vkey });
  return {
    logs: { members: pick(logs.members), contracts: pick(logs.contracts), factors: pick(logs.factors) },
    genesis,
  };
}

interface LogProof {
  readonly signed: SignedCheckpoint;
  frontier: Frontier;
}

/**
 * The registry as a bundle shows it: its logs replayed whole, from the genesis to signed checkpoints, by the rules that
 * every member applies. So what the logs do not hold is shown as well: no later key event, no suspension.
 */
export class RegistryProof {
  readonly #state: RegistryState;
  readonly #logs: Readonly<Record<RegistryLog, { readonly origin: string; readonly vkey: string }>>;
  readonly #proofs = new Map<RegistryLog, LogProof>();
  readonly #times: { readonly size: number; readonly logTimeUnix: number }[] = [];
  /** Root of the members log at each size up to the checkpoint's. */
  readonly #membersRoots: Uint8Array[] = [rootOf(EMPTY_FRONTIER)];

  /** @throws ANCHOR_MISMATCH when the verifier pinned another registry */
  constructor(claim: Claim<"anchor">, pinned: TrustAnchor | undefined) {
    if (pinned !== undefined) requireAnchor(claim, anchorOf(pinned));
    this.#logs = claim.logs;
    this.#state = new RegistryState(claim);
  }

  isOwnLog(origin: string): boolean {
    return this.#nameOf(origin) !== undefined;
  }

  /** @throws what openCheckpoint throws; CLAIM_REPEATED, ROOT_MISMATCH */
  takeCheckpoint({ origin, note }: Claim<"checkpoint">): void {
    const name = this.#nameOf(origin) as RegistryLog;
    if (this.#proofs.has(name)) throw evidenceError("CLAIM_REPEATED", { about: origin });
    const signed = openCheckpoint(note, parseVerifierKey(this.#logs[name].vkey), origin);
    const proof = { signed, frontier: EMPTY_FRONTIER };
    requireRootAtEnd(proof);
    this.#proofs.set(name, proof);
  }

  /** Takes an earlier note of the members log, which dates what is below it. @throws what openCheckpoint throws; LOG_TIME_NOT_SHOWN, ROOT_MISMATCH */
  takeLogTime({ note }: Claim<"log-time">): void {
    const { origin, vkey } = this.#logs.members;
    const signed = openCheckpoint(note, parseVerifierKey(vkey), origin);
    const { treeSize, rootHash } = signed.checkpoint;
    const root = this.#membersRoots[treeSize];
    if (root === undefined || !equalBytes(root, rootHash)) throw protoError("ROOT_MISMATCH", { treeSize });
    const { logTimeUnix } = evaluateQuorum(this.witnessPolicy, signed.note);
    if (logTimeUnix === undefined) throw evidenceError("LOG_TIME_NOT_SHOWN", { origin });
    this.#times.push({ size: treeSize, logTimeUnix });
  }

  /** When a quorum had seen an entry of the members log, by the notes shown: Unix seconds. */
  timeOfEntry(entry: number): number | undefined {
    const over = this.#times.filter(({ size }) => size > entry).map(({ logTimeUnix }) => logTimeUnix);
    return over.length === 0 ? undefined : Math.min(...over);
  }

  /** The key that a note of that feed is to be verified with (KEY-11). @throws MEMBER_UNKNOWN, CHECKPOINT_KEY_RETIRED */
  checkpointKey(origin: string, note: string): VerifierKey {
    const { keys: history } = this.requireMember(origin);
    const timeOfEntry = (entry: number): number | undefined => this.timeOfEntry(entry);
    return checkpointKeyOf(origin, note, { history, policy: this.witnessPolicy, timeOfEntry });
  }

  /** Applies the next entry of a log. @throws CLAIM_OUT_OF_ORDER, ROOT_MISMATCH and the codes of a change */
  extend({ log, index, entry }: Claim<"registry-entry">): void {
    const proof = this.#proofs.get(log);
    if (proof === undefined)
      throw evidenceError("CLAIM_OUT_OF_ORDER", { needs: `checkpoint ${this.#logs[log].origin}` });
    const { treeSize } = proof.signed.checkpoint;
    if (index !== proof.frontier.size || index >= treeSize) {
      throw evidenceError("CLAIM_OUT_OF_ORDER", { needs: `${log} ${proof.frontier.size} of ${treeSize}` });
    }
    if (log !== "members") this.#requireComplete(["members"]);
    const bytes = utf8Encode(entry);
    this.#state.apply(log, bytes);
    proof.frontier = appendLeafHash(proof.frontier, hashLeaf(bytes));
    if (log === "members") this.#membersRoots.push(rootOf(proof.frontier));
    requireRootAtEnd(proof);
  }

  get networkName(): string {
    return this.#state.members.networkName;
  }

  /** The policy that the members log ends with. */
  get witnessPolicy(): WitnessPolicy {
    this.#requireComplete(REGISTRY_LOGS);
    const { witnessPolicy } = this.#state.members;
    if (witnessPolicy === undefined) throw evidenceError("CLAIM_MISSING", { what: "genesis" });
    return witnessPolicy;
  }

  /** True where a quorum of witnesses has cosigned the checkpoints of all three logs. */
  get witnessed(): boolean {
    const policy = this.witnessPolicy;
    return [...this.#proofs.values()].every(({ signed }) => evaluateQuorum(policy, signed.note).met);
  }

  get weakWitnessing(): boolean {
    const { note } = this.#proof("members").signed;
    return evaluateQuorum(this.witnessPolicy, note).weak;
  }

  get pin(): RegistryPin {
    const { origin, treeSize, rootHash } = this.#proof("members").signed.checkpoint;
    return { origin, size: treeSize, root: encodeBase64(rootHash) };
  }

  /** The member whose feed this is. @throws MEMBER_UNKNOWN, CLAIM_OUT_OF_ORDER */
  requireMember(origin: string): Member {
    this.#requireComplete(REGISTRY_LOGS);
    const member = this.#state.members.memberByOrigin(origin);
    if (member === undefined) throw evidenceError("MEMBER_UNKNOWN", { origin });
    return member;
  }

  /** The attesting key of that id and the member whose it is; undefined where nobody has it. */
  attestKeyOwner(kid: string): { readonly did: string; readonly key: PublicKey } | undefined {
    const member = this.#state.members.memberOf(kid.split("#")[0] ?? "");
    const key = member?.attestKeys.get(kid);
    return member === undefined || key === undefined ? undefined : { did: member.did, key };
  }

  /** The attesting key of that id that the member has or had, and when a quorum saw the key event that ended it. */
  attestKeyRecord(did: string, kid: string): (AttestKeyRecord & { readonly endedUnix?: number }) | undefined {
    const record = this.#state.members.memberOf(did)?.keys.attestKey(kid);
    const endedUnix = record?.untilEntry === undefined ? undefined : this.timeOfEntry(record.untilEntry);
    return record === undefined ? undefined : { ...record, ...(endedUnix === undefined ? {} : { endedUnix }) };
  }

  /** @throws CONTRACT_UNKNOWN unless the registry has the contract, as this very document */
  requireContract({ id, digest }: { readonly id: string; readonly digest: string }): ContractDocument {
    const contract = this.#state.contract(id)?.document;
    if (contract === undefined || digestOf(contract) !== digest) {
      throw evidenceError("CONTRACT_UNKNOWN", { contract: id });
    }
    return contract;
  }

  /** Checks that a state someone relied on is one that the members log passed through. @throws ROOT_MISMATCH */
  requireMembersRoot(pin: { readonly origin: string; readonly treeSize: number; readonly rootHash: string }): void {
    const { origin } = this.#logs.members;
    if (pin.origin !== origin) throw evidenceError("ORIGIN_MISMATCH", { expected: origin, actual: pin.origin });
    const root = this.#membersRoots[pin.treeSize];
    if (root === undefined || !equalBytes(root, decodeBase64(pin.rootHash))) {
      throw protoError("ROOT_MISMATCH", { treeSize: pin.treeSize });
    }
  }

  /** @throws FACTOR_SET_UNKNOWN */
  requireFactorSet({ id, version }: SetId): FactorSet {
    const set = this.#state.factorSet(id, version)?.document;
    if (set === undefined) throw evidenceError("FACTOR_SET_UNKNOWN", { set: `${id}@${version}` });
    return set;
  }

  /** The versions that a policy lets count, as far as the registry has them: one, or all where it names none. */
  factorSetsOf({ factorSets }: InventoryPolicy): readonly SetId[] {
    return factorSets.flatMap(({ id, version }) => {
      if (version !== undefined) return [{ id, version }];
      const known = [...this.#state.factorSets].filter(({ document }) => document.id === id);
      return known.map(({ document }) => ({ id, version: document.version }));
    });
  }

  /** Versions, as `id@version`, that were withdrawn. */
  get withdrawnSets(): ReadonlySet<string> {
    const sets = [...this.#state.factorSets].filter(({ withdrawn }) => withdrawn !== undefined);
    return new Set(sets.map(({ document }) => `${document.id}@${document.version}`));
  }

  /** @throws FACTOR_SET_UNKNOWN */
  requireRates({ id, version }: SetId): RateSet {
    const set = this.#state.rateSet(id, version)?.document;
    if (set === undefined) throw evidenceError("FACTOR_SET_UNKNOWN", { set: `${id}@${version}` });
    return set;
  }

  #nameOf(origin: string): RegistryLog | undefined {
    return REGISTRY_LOGS.find((log) => this.#logs[log].origin === origin);
  }

  #proof(log: RegistryLog): LogProof {
    this.#requireComplete([log]);
    return this.#proofs.get(log) as LogProof;
  }

  #requireComplete(logs: readonly RegistryLog[]): void {
    for (const log of logs) {
      const proof = this.#proofs.get(log);
      if (proof === undefined || proof.frontier.size < proof.signed.checkpoint.treeSize) {
        throw evidenceError("CLAIM_OUT_OF_ORDER", { needs: `every registry-entry of ${log}` });
      }
    }
  }
}

function requireAnchor(claim: Omit<Claim<"anchor">, "type">, pinned: Omit<Claim<"anchor">, "type">): void {
  if (claim.genesis !== pinned.genesis) throw evidenceError("ANCHOR_MISMATCH", { field: "genesis" });
  for (const log of REGISTRY_LOGS) {
    const [stated, expected] = [claim.logs[log], pinned.logs[log]];
    if (stated.origin !== expected.origin || stated.vkey !== expected.vkey) {
      throw evidenceError("ANCHOR_MISMATCH", { field: `logs.${log}` });
    }
  }
}

function requireRootAtEnd({ signed, frontier }: LogProof): void {
  const { treeSize, rootHash } = signed.checkpoint;
  if (frontier.size === treeSize && !equalBytes(rootOf(frontier), rootHash)) {
    throw protoError("ROOT_MISMATCH", { treeSize });
  }
}
