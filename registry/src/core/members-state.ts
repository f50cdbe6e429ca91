import { commitRawKey, type KeyEvent, keysOf, SINGLE_KEY_USES, singleUseOf } from "@tallystick/contracts";
import {
  admitPublicKey,
  decodeBase64url,
  encodeBase64,
  encodeBase64url,
  forkShownBy,
  hashLeaf,
  makeVerifierKey,
  type PublicKey,
  parseWitnessPolicy,
  protoError,
  sha256,
  utf8Encode,
  type VerifierKey,
  type WitnessPolicy,
} from "@tallystick/proto";
import { registryError } from "../errors.ts";
import {
  type GenesisChange,
  type MaintainersChange,
  type MemberChange,
  type MembersChange,
  membersChangeSchema,
  type StandingChange,
  type StandingEvidence,
} from "./change-kinds.ts";
import { type Approvers, ChangeLog } from "./change-log.ts";
import { KeyHistory } from "./key-history.ts";
import {
  approversOfMaintainers,
  type MaintainerSet,
  MaintainerSets,
  type Maintainers,
  readMaintainers,
} from "./maintainers.ts";
import { readKeyEvent } from "./read-key-event.ts";

/** A member as the members log has it at one size. */
export interface Member {
  readonly did: string;
  readonly name: string;
  /** Origin of its feed, and the key of the feed's checkpoints. */
  readonly origin: string;
  readonly checkpointKey: VerifierKey;
  readonly attestKeys: ReadonlyMap<string, PublicKey>;
  /** base64url of the raw key. */
  readonly transportKey: string;
  /** base64url of the raw key by which it cosigns, where it is a witness. */
  readonly witnessKey?: string;
  /** Each leaf under a checkpoint by its present key binds it as issuer (`attest-by-log`). */
  readonly attestsByLog: boolean;
  readonly vetting: "full" | "sponsored";
  readonly sponsor?: string;
  readonly suspended: boolean;
  readonly event: KeyEvent;
  /** Every key it has or had. */
  readonly keys: KeyHistory;
  /** Index and leaf hash (base64) of its last key event in the members log. */
  readonly eventIndex: number;
  readonly eventLeaf: string;
}

const A_WITNESS = "a witness";

const invalid = (origin: string, reason: string, cause?: unknown): Error =>
  registryError("CHANGE_INVALID", { origin, reason }, { cause });

/**
 * The members log, applied entry by entry from a pinned genesis. An entry that breaks a rule is refused and changes nothing
 * (docs/protocol.md, REG-1 to REG-3).
 */
export class MembersState {
  readonly log: ChangeLog;
  readonly #genesisLeaf: string;
  readonly #registryOrigins: ReadonlySet<string>;
  readonly #members = new Map<string, Member>();
  readonly #byOrigin = new Map<string, string>();
  readonly #byTransportKey = new Map<string, string>();
  /** Every key anybody ever had, and its owner: a key is never used twice (KEY-2). */
  readonly #usedKeys = new Map<string, string>();
  #maintainers: MaintainerSets;
  #policy: WitnessPolicy | undefined;
  #policyText = "";
  #name = "";

  /**
   * @param genesisLeaf leaf hash of entry 0, base64, pinned by the trust file
   * @param registryOrigins origins of the registry's own logs, which no member's feed may have
   */
  constructor(origin: string, genesisLeaf: string, registryOrigins: readonly string[]) {
    this.log = new ChangeLog(origin);
    this.#maintainers = new MaintainerSets(origin);
    this.#genesisLeaf = genesisLeaf;
    this.#registryOrigins = new Set([origin, ...registryOrigins]);
  }

  get networkName(): string {
    return this.#name;
  }

  /** Who approves changes now. */
  get maintainers(): MaintainerSet {
    return this.#maintainers.present;
  }

  /** Who approves an entry of another log (docs/protocol.md, REG-10). @throws CHANGE_INVALID where the entry names another set */
  maintainersOf(log: "contracts" | "factors", index: number, maintainersAt: number): Maintainers {
    return this.#maintainers.of(log, index, maintainersAt);
  }

  /** Undefined before the genesis. */
  get witnessPolicy(): WitnessPolicy | undefined {
    return this.#policy;
  }

  get witnessPolicyText(): string {
    return this.#policyText;
  }

  get members(): IterableIterator<Member> {
    return this.#members.values();
  }

  memberOf(did: string): Member | undefined {
    return this.#members.get(did);
  }

  /** The member whose feed this is, or was before it named a successor. */
  memberByOrigin(origin: string): Member | undefined {
    return this.#members.get(this.#byOrigin.get(origin) ?? "");
  }

  memberByTransportKey(key: string): Member | undefined {
    return this.#members.get(this.#byTransportKey.get(key) ?? "");
  }

  /**
   * The attesting key that a member had when the members log had `treeSize` entries, though it may have been rotated since.
   * That it was the member's then does not say that it was still when something was signed: log time does.
   */
  attestKeyAt(did: string, kid: string, treeSize: number): PublicKey | undefined {
    return this.#members.get(did)?.keys.at(treeSize)?.attestKeys.get(kid);
  }

  /** @throws CHANGE_OUT_OF_ORDER, CHANGE_INVALID, KEY_NOT_ADMISSIBLE, KEY_UNKNOWN, SIGNATURE_INVALID, QUORUM_NOT_MET and others */
  apply(bytes: Uint8Array): void {
    const change = this.log.read(bytes, membersChangeSchema, (read) => this.#approvers(read, bytes));
    if (change.kind === "genesis") this.#applyGenesis(change);
    else if (change.kind === "member") this.#applyMember(change, bytes);
    else if (change.kind === "witness-policy") this.#setPolicy(change.policy);
    else if (change.kind === "maintainers") this.#setMaintainers(change);
    else this.#applyStanding(change);
    this.log.advance(bytes);
  }

  #approvers(change: MembersChange, bytes: Uint8Array): Approvers {
    const { origin, size } = this.log;
    if ((change.kind === "genesis") !== (size === 0))
      throw invalid(origin, "the genesis is entry 0 and nothing else is");
    if (change.kind !== "genesis") {
      const present = this.#maintainers.next(change.maintainersAt);
      return change.kind === "maintainers" ? this.#approversOf(change, present) : present;
    }
    if (change.maintainersAt !== 0) throw invalid(origin, "no such maintainers");
    if (encodeBase64(hashLeaf(bytes)) !== this.#genesisLeaf) throw invalid(origin, "not the pinned genesis");
    // The genesis vouches for itself, by the pin; every maintainer signs it, to show that the keys are at hand.
    return { ...readMaintainers(change, origin), threshold: change.maintainers.length };
  }

  /** As many of the present maintainers as must approve, and each new one (REG-9). */
  #approversOf(change: MaintainersChange, present: MaintainerSet): Approvers {
    const { keys, missing } = approversOfMaintainers(present, readMaintainers(change, this.log.origin));
    return {
      threshold: present.threshold,
      keys,
      requireAll: (approvers) => {
        const lacking = missing(approvers);
        if (lacking === undefined) return;
        const { required, valid, newcomers } = lacking;
        if (valid < required) throw protoError("QUORUM_NOT_MET", { required, valid });
        throw invalid(this.log.origin, `not signed by ${newcomers.join(", ")}, who would approve from now on`);
      },
    };
  }

  #setMaintainers(change: MaintainersChange): void {
    const { origin, size } = this.log;
    const next = readMaintainers(change, origin);
    const present = this.#maintainers.present;
    for (const { kid, key } of change.maintainers) {
      const known = this.#maintainers.keyOf(kid);
      if (known !== undefined && encodeBase64url(known.bytes) !== key)
        throw invalid(origin, `${kid} named another key before`);
      const user = this.#usedKeys.get(key);
      // Who was a maintainer is one again under a key of their own: what was given up may have been lost or stolen.
      if (user !== undefined && !present.keys.has(kid)) throw invalid(origin, `the key of ${kid} is in use by ${user}`);
    }
    for (const log of ["contracts", "factors"] as const) {
      if (change.from[log] < present.from[log]) throw invalid(origin, `of ${log}, entries that others approved`);
    }
    for (const { key } of change.maintainers) this.#usedKeys.set(key, "a maintainer");
    this.#maintainers = this.#maintainers.with({ ...next, entry: size, from: change.from });
  }

  #applyGenesis(change: GenesisChange): void {
    const maintainers = readMaintainers(change, this.log.origin);
    this.#setPolicy(change.policy, new Map(change.maintainers.map(({ key }) => [key, "a maintainer"])));
    this.#maintainers = this.#maintainers.with({ ...maintainers, entry: 0, from: { contracts: 0, factors: 0 } });
    for (const { key } of change.maintainers) this.#usedKeys.set(key, "a maintainer");
    this.#name = change.name;
  }

  #setPolicy(text: string, usedKeys: ReadonlyMap<string, string> = this.#usedKeys): void {
    const policy = parseWitnessPolicy(text);
    const keys = policy.witnesses.map(({ key }) => encodeBase64url(key.publicKey.bytes));
    for (const key of keys) {
      const user = usedKeys.get(key);
      if (user !== undefined && user !== A_WITNESS && this.#members.get(user)?.witnessKey !== key) {
        throw invalid(this.log.origin, `a witness has a key in use by ${user}`);
      }
    }
    for (const key of keys) if (!this.#usedKeys.has(key)) this.#usedKeys.set(key, A_WITNESS);
    this.#policy = policy;
    this.#policyText = text;
  }

  #applyStanding({ kind, member: did, evidence }: StandingChange): void {
    const member = this.#members.get(did);
    if (member === undefined) throw invalid(this.log.origin, `${did} is no member`);
    if (kind === "vet") {
      if (member.vetting === "full") throw invalid(this.log.origin, `${did} is vetted already`);
      const { sponsor: _, ...own } = member;
      this.#members.set(did, { ...own, vetting: "full" });
      return;
    }
    const suspended = kind === "suspend";
    if (evidence !== undefined) this.#checkEvidence(evidence, member, suspended);
    if (member.suspended === suspended) throw invalid(this.log.origin, `${kind} changes nothing for ${did}`);
    this.#members.set(did, { ...member, suspended });
  }

  /** Two notes must be a fork proof against that very member; what is named by its digest alone is the maintainers' to judge (REG-11). */
  #checkEvidence({ digests, notes }: StandingEvidence, { did, keys }: Member, suspends: boolean): void {
    const { origin } = this.log;
    if (!suspends) throw invalid(origin, "evidence is for a suspension");
    if (notes === undefined) return;
    if (notes.some((note, at) => encodeBase64(sha256(utf8Encode(note))) !== digests[at]) || digests.length !== 2)
      throw invalid(origin, "digests of other evidence");
    const shown = keys.periods.some((period) => {
      const ofLog = keys.periods
        .filter((one) => one.origin === period.origin)
        .map(({ checkpointKey }) => checkpointKey);
      return forkShownBy([notes[0], notes[1]], ofLog) !== undefined;
    });
    if (!shown) throw invalid(origin, `no fork proof against ${did}`);
  }

  #applyMember(change: MemberChange, bytes: Uint8Array): void {
    const { origin } = this.log;
    const event = readKeyEvent(change.event, change.cosignatures);
    const before = this.#members.get(event.member);
    this.#checkSuccession(event, before);
    const feed = event.successor ?? event.origin;
    this.#checkOrigin(event.origin, event.member);
    this.#checkOrigin(feed, event.member);
    if (event.successor !== undefined && this.#byOrigin.has(feed)) throw invalid(origin, `${feed} was a feed before`);
    this.#checkSponsor(change, event);
    this.#checkKeys(event, before);
    this.#checkCompromise(event, before);
    const attestKeys = new Map(event.keys.attest.map(({ kid, key }) => [kid, admitPublicKey(decodeBase64url(key))]));
    const checkpointKey = makeVerifierKey(feed, "ed25519", admitPublicKey(decodeBase64url(event.keys.checkpoint)));
    const attestsByLog = event.grants.includes("attest-by-log");
    const period = { fromEntry: this.log.size, origin: feed, checkpointKey, attestKeys, attestsByLog };
    const member: Member = {
      did: event.member,
      name: event.name,
      origin: feed,
      checkpointKey,
      attestKeys,
      transportKey: event.keys.transport,
      ...(event.keys.witness === undefined ? {} : { witnessKey: event.keys.witness }),
      attestsByLog,
      vetting: change.vetting,
      ...(change.sponsor === undefined ? {} : { sponsor: change.sponsor }),
      suspended: before?.suspended ?? false,
      event,
      keys: (before?.keys ?? new KeyHistory(event.member)).with(period, event),
      eventIndex: this.log.size,
      eventLeaf: encodeBase64(hashLeaf(bytes)),
    };
    if (before !== undefined) this.#byTransportKey.delete(before.transportKey);
    for (const key of keysOf(event)) this.#usedKeys.set(key, event.member);
    this.#members.set(member.did, member);
    this.#byOrigin.set(member.origin, member.did);
    this.#byTransportKey.set(member.transportKey, member.did);
  }

  #checkOrigin(feed: string, member: string): void {
    const owner = this.#byOrigin.get(feed);
    if (owner !== undefined && owner !== member) throw invalid(this.log.origin, `${feed} is ${owner}'s`);
    if (this.#registryOrigins.has(feed)) throw invalid(this.log.origin, `${feed} is the registry's`);
  }

  #checkSponsor({ vetting, sponsor: did }: MemberChange, event: KeyEvent): void {
    const { origin } = this.log;
    if ((vetting === "sponsored") !== (did !== undefined)) throw invalid(origin, "sponsored without sponsor");
    if (did === undefined) return;
    const sponsor = this.#members.get(did);
    if (sponsor?.vetting !== "full" || sponsor.suspended || did === event.member) {
      throw invalid(origin, "the sponsor is no other member in good standing");
    }
  }

  /**
   * No key but a checkpoint, transport or witness key that stays what it is has ever been anybody's (KEY-2); no key id names two. A
   * witness of the policy may become known as a member's.
   */
  #checkKeys(event: KeyEvent, before: Member | undefined): void {
    const { origin } = this.log;
    for (const key of keysOf(event)) {
      const kept = SINGLE_KEY_USES.some((use) => key === event.keys[use] && key === before?.event.keys[use]);
      const user = this.#usedKeys.get(key);
      const cosigns = user === A_WITNESS && key === event.keys.witness;
      if (user !== undefined && !kept && !cosigns)
        throw invalid(origin, `a key of ${event.member} is in use by ${user}`);
    }
    for (const { kid } of event.keys.attest) {
      if (before?.keys.attestKey(kid) !== undefined) throw invalid(origin, `${kid} named another key before`);
    }
  }

  /** What is compromised was a key of the member's, and is none any more (KEY-6). */
  #checkCompromise({ member, keys, compromise }: KeyEvent, before: Member | undefined): void {
    const { origin } = this.log;
    for (const kid of compromise?.kids ?? []) {
      const use = singleUseOf(member, kid);
      const was = use === undefined ? before?.keys.attestKey(kid) : before?.event.keys[use];
      if (was === undefined) throw invalid(origin, `${kid} is no key that ${member} had`);
      if (use !== undefined && was === keys[use]) throw invalid(origin, `${kid} is compromised and stays in use`);
    }
  }

  /** A later event follows the one before, keeps the feed, and uses keys that the one before committed to (KEY-3). */
  #checkSuccession(event: KeyEvent, before: Member | undefined): void {
    const { origin } = this.log;
    if (before === undefined) {
      if (event.sequence !== 0) throw invalid(origin, `${event.member} has no event before`);
      return;
    }
    if (event.sequence !== before.event.sequence + 1 || event.previous !== before.eventLeaf) {
      throw invalid(origin, `not the event after ${event.member}'s last`);
    }
    if (event.origin !== before.origin) throw invalid(origin, "a member keeps its feed");
    const committed = new Set(before.event.next);
    const revealed = event.keys.attest.filter(({ key }) => committed.has(commitRawKey(key)));
    if (revealed.length !== event.keys.attest.length)
      throw invalid(origin, "an attesting key that was not committed to");
    if (revealed.length < before.event.threshold) throw invalid(origin, "fewer committed keys than the threshold");
  }
}
