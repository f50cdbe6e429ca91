import {
  type ContractDocument,
  contractUrn,
  digestOf,
  type FactorSet,
  parseContract,
  parseFactorSet,
  parseRateSet,
  type RateSet,
} from "@tallystick/contracts";
import { type PublicKey, parseChange } from "@tallystick/proto";
import { registryError } from "../errors.ts";
import {
  contractsChangeSchema,
  type FactorSetChange,
  type FactorSetWithdrawnChange,
  factorsChangeSchema,
  type OutlierRelease,
  type WithdrawalReason,
} from "./change-kinds.ts";
import { ChangeLog } from "./change-log.ts";
import type { Maintainers } from "./maintainers.ts";
import { type Member, MembersState } from "./members-state.ts";

/** The logs of the registry that members work from. */
export const REGISTRY_LOGS = ["members", "contracts", "factors"] as const;
export type RegistryLog = (typeof REGISTRY_LOGS)[number];

/** What a registry's state is pinned to: the origins of its logs, and the leaf hash (base64) of the genesis. */
export interface RegistryAnchor {
  readonly logs: Readonly<Record<RegistryLog, { readonly origin: string }>>;
  readonly genesis: string;
}

/** A document of the registry with the entry that put it there. */
export interface Registered<T> {
  readonly document: T;
  readonly index: number;
}

/** A contract version with the digest by which attestations name its text. */
export interface RegisteredContract extends Registered<ContractDocument> {
  /** `sha256-<base64>` of the document's JCS. */
  readonly digest: string;
}

/** How a version of a factor set was withdrawn. */
export interface Withdrawal {
  /** Index of the entry that withdrew it. */
  readonly index: number;
  readonly reason: WithdrawalReason;
  readonly note: string;
}

/** A factor set version; withdrawn, it stays readable and is not to be used any more. */
export interface RegisteredFactorSet extends Registered<FactorSet> {
  /** What the maintainers let pass when they approved it. */
  readonly releases?: readonly OutlierRelease[];
  readonly withdrawn?: Withdrawal;
}

/**
 * The registry as its logs make it: applied entry by entry, by the registry before it appends and by everyone who does not
 * trust it. An entry that breaks a rule is refused and changes nothing.
 */
export class RegistryState {
  readonly members: MembersState;
  readonly #contractsLog: ChangeLog;
  readonly #factorsLog: ChangeLog;
  readonly #contracts = new Map<string, RegisteredContract>();
  readonly #factorSets = new Map<string, RegisteredFactorSet>();
  readonly #rateSets = new Map<string, Registered<RateSet>>();

  /** @param trust a trust file, or the part of one that says which logs these are */
  constructor(trust: RegistryAnchor) {
    const origins = REGISTRY_LOGS.map((name) => trust.logs[name].origin);
    this.members = new MembersState(trust.logs.members.origin, trust.genesis, origins);
    this.#contractsLog = new ChangeLog(trust.logs.contracts.origin);
    this.#factorsLog = new ChangeLog(trust.logs.factors.origin);
  }

  log(name: RegistryLog): ChangeLog {
    if (name === "members") return this.members.log;
    return name === "contracts" ? this.#contractsLog : this.#factorsLog;
  }

  /** @throws CHANGE_OUT_OF_ORDER, CHANGE_INVALID and what the document's own check throws */
  apply(name: RegistryLog, bytes: Uint8Array): void {
    if (name === "members") this.#applyMembers(bytes);
    else if (name === "contracts") this.#applyContract(bytes);
    else this.#applyFactors(bytes);
  }

  #applyMembers(bytes: Uint8Array): void {
    const { kind, from } = parseChange(bytes).payload.change as { readonly kind?: unknown; readonly from?: unknown };
    if (kind === "maintainers") {
      const sizes = from as Partial<Record<RegistryLog, unknown>> | undefined;
      for (const log of ["contracts", "factors"] as const) {
        // What stands there was approved by the maintainers of then.
        if (Number(sizes?.[log]) < this.log(log).size) {
          const { origin } = this.members.log;
          throw registryError("CHANGE_INVALID", { origin, reason: `of ${log}, entries that others approved` });
        }
      }
    }
    this.members.apply(bytes);
  }

  get contracts(): IterableIterator<RegisteredContract> {
    return this.#contracts.values();
  }

  get factorSets(): IterableIterator<RegisteredFactorSet> {
    return this.#factorSets.values();
  }

  get rateSets(): IterableIterator<Registered<RateSet>> {
    return this.#rateSets.values();
  }

  contract(urn: string): RegisteredContract | undefined {
    return this.#contracts.get(urn);
  }

  factorSet(id: string, version: string): RegisteredFactorSet | undefined {
    return this.#factorSets.get(`${id}@${version}`);
  }

  rateSet(id: string, version: string): Registered<RateSet> | undefined {
    return this.#rateSets.get(`${id}@${version}`);
  }

  /**
   * A member's attesting key of that id: one it has now, or with `atSize` one it had when the members log had so many entries
   * (see `MembersState.attestKeyAt`).
   */
  attestKey(member: Member, kid: string, atSize?: number): PublicKey | undefined {
    return atSize === undefined ? member.attestKeys.get(kid) : this.members.attestKeyAt(member.did, kid, atSize);
  }

  #applyContract(bytes: Uint8Array): void {
    const change = this.#contractsLog.read(bytes, contractsChangeSchema, (read) => this.#approvers("contracts", read));
    const document = parseContract(change.document);
    const urn = contractUrn(document.id, document.version);
    this.#refuseKnown(this.#contractsLog, urn, this.#contracts);
    if (document.supersedes !== undefined && !this.#contracts.has(contractUrn(document.id, document.supersedes))) {
      throw registryError("CHANGE_INVALID", {
        origin: this.#contractsLog.origin,
        reason: `${urn} supersedes a version nobody has`,
      });
    }
    this.#contracts.set(urn, { document, index: this.#contractsLog.size, digest: digestOf(document) });
    this.#contractsLog.advance(bytes);
  }

  #applyFactors(bytes: Uint8Array): void {
    const log = this.#factorsLog;
    const change = log.read(bytes, factorsChangeSchema, (read) => this.#approvers("factors", read));
    if (change.kind === "factor-set") this.#addFactorSet(change);
    else if (change.kind === "factor-set-withdrawn") this.#withdrawFactorSet(change);
    else {
      const document = parseRateSet(change.set);
      const name = `${document.id}@${document.version}`;
      this.#refuseKnown(log, name, this.#rateSets);
      this.#rateSets.set(name, { document, index: log.size });
    }
    log.advance(bytes);
  }

  #addFactorSet({ set, releases }: FactorSetChange): void {
    const log = this.#factorsLog;
    const document = parseFactorSet(set);
    const name = `${document.id}@${document.version}`;
    this.#refuseKnown(log, name, this.#factorSets);
    if (document.supersedes !== undefined && !this.#factorSets.has(`${document.id}@${document.supersedes}`)) {
      throw registryError("CHANGE_INVALID", { origin: log.origin, reason: `${name} supersedes a version nobody has` });
    }
    this.#factorSets.set(name, { document, index: log.size, ...(releases === undefined ? {} : { releases }) });
  }

  #withdrawFactorSet({ id, version, reason, note }: FactorSetWithdrawnChange): void {
    const { origin, size: index } = this.#factorsLog;
    const name = `${id}@${version}`;
    const known = this.#factorSets.get(name);
    if (known === undefined) throw registryError("CHANGE_INVALID", { origin, reason: `${name} is not published` });
    if (known.withdrawn !== undefined) {
      throw registryError("CHANGE_INVALID", { origin, reason: `${name} is withdrawn already` });
    }
    this.#factorSets.set(name, { ...known, withdrawn: { index, reason, note } });
  }

  #approvers(log: "contracts" | "factors", { maintainersAt }: { readonly maintainersAt: number }): Maintainers {
    return this.members.maintainersOf(log, this.log(log).size, maintainersAt);
  }

  /** A change, naming the maintainers who would approve it as the next of any log. */
  underPresent<T extends object>(change: T): T & { readonly maintainersAt: number } {
    return { ...change, maintainersAt: this.members.maintainers.entry };
  }

  /** A version is published once: what it says never changes. */
  #refuseKnown(log: ChangeLog, name: string, known: ReadonlyMap<string, unknown>): void {
    if (known.has(name))
      throw registryError("CHANGE_INVALID", { origin: log.origin, reason: `${name} is published already` });
  }
}
