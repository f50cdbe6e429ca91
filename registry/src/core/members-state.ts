import { KEY_EVENT_TYP, type KeyEvent, parseKeyEvent } from "@tallystick/contracts";
import {
  admitPublicKey,
  decodeBase64url,
  encodeBase64,
  hashLeaf,
  makeVerifierKey,
  type PublicKey,
  parseJws,
  parseWitnessPolicy,
  sha256,
  type VerifierKey,
  verifyJws,
  type WitnessPolicy,
} from "@tallystick/proto";
import { registryError } from "../errors.ts";
import {
  type GenesisChange,
  type MemberChange,
  type MembersChange,
  membersChangeSchema,
  type StandingChange,
} from "./change-kinds.ts";
import { ChangeLog } from "./change-log.ts";

/** Who must approve a change. */
export interface Maintainers {
  readonly threshold: number;
  readonly keys: ReadonlyMap<string, PublicKey>;
}

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
  readonly vetting: "full" | "sponsored";
  readonly sponsor?: string;
  readonly suspended: boolean;
  readonly event: KeyEvent;
  /** Index and leaf hash (base64) of its last key event in the members log. */
  readonly eventIndex: number;
  readonly eventLeaf: string;
}

const invalid = (origin: string, reason: string, cause?: unknown): Error =>
  registryError("CHANGE_INVALID", { origin, reason }, { cause });

/**
 * The members log, applied entry by entry from a pinned genesis. An entry that breaks a rule is refused and changes nothing
 * (docs/protocol.md, REG-1 to REG-3).
 */
export class MembersState {
  readonly log: ChangeLog;
  readonly #genesisLeaf: string;
  readonly #members = new Map<string, Member>();
  readonly #byOrigin = new Map<string, string>();
  readonly #byTransportKey = new Map<string, string>();
  /** Every key anybody ever had, and its owner: a key is never used twice (KEY-2). */
  readonly #usedKeys = new Map<string, string>();
  #maintainers: Maintainers = { threshold: Number.POSITIVE_INFINITY, keys: new Map() };
  #policy: WitnessPolicy | undefined;
  #policyText = "";
  #name = "";

  /** @param genesisLeaf leaf hash of entry 0, base64, pinned by the trust file */
  constructor(origin: string, genesisLeaf: string) {
    this.log = new ChangeLog(origin);
    this.#genesisLeaf = genesisLeaf;
  }

  get networkName(): string {
    return this.#name;
  }

  get maintainers(): Maintainers {
    return this.#maintainers;
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

  memberByOrigin(origin: string): Member | undefined {
    return this.#members.get(this.#byOrigin.get(origin) ?? "");
  }

  memberByTransportKey(key: string): Member | undefined {
    return this.#members.get(this.#byTransportKey.get(key) ?? "");
  }

  /** @throws CHANGE_OUT_OF_ORDER, CHANGE_INVALID, KEY_NOT_ADMISSIBLE, KEY_UNKNOWN, SIGNATURE_INVALID, QUORUM_NOT_MET and others */
  apply(bytes: Uint8Array): void {
    const change = this.log.read(bytes, membersChangeSchema, (read) => this.#approvers(read, bytes));
    if (change.kind === "genesis") this.#applyGenesis(change);
    else if (change.kind === "member") this.#applyMember(change, bytes);
    else if (change.kind === "witness-policy") this.#setPolicy(change.policy);
    else this.#applyStanding(change);
    this.log.advance(bytes);
  }

  #approvers(change: MembersChange, bytes: Uint8Array): Maintainers {
    const { origin, size } = this.log;
    if ((change.kind === "genesis") !== (size === 0))
      throw invalid(origin, "the genesis is entry 0 and nothing else is");
    if (change.maintainersAt !== 0) throw invalid(origin, "no such maintainers");
    if (change.kind !== "genesis") return this.#maintainers;
    if (encodeBase64(hashLeaf(bytes)) !== this.#genesisLeaf) throw invalid(origin, "not the pinned genesis");
    // The genesis vouches for itself, by the pin; every maintainer signs it, to show that the keys are at hand.
    return maintainersOf(change, origin, change.maintainers.length);
  }

  #applyGenesis(change: GenesisChange): void {
    this.#setPolicy(change.policy);
    this.#maintainers = maintainersOf(change, this.log.origin, change.threshold);
    for (const { key } of change.maintainers) this.#usedKeys.set(key, "a maintainer");
    this.#name = change.name;
  }

  #setPolicy(text: string): void {
    this.#policy = parseWitnessPolicy(text);
    this.#policyText = text;
  }

  #applyStanding({ kind, member: did }: StandingChange): void {
    const member = this.#members.get(did);
    if (member === undefined) throw invalid(this.log.origin, `${did} is no member`);
    this.#members.set(did, { ...member, suspended: kind === "suspend" });
  }

  #applyMember(change: MemberChange, bytes: Uint8Array): void {
    const { origin } = this.log;
    const event = readKeyEvent(change.event);
    const before = this.#members.get(event.member);
    this.#checkSuccession(event, before);
    const owner = this.#byOrigin.get(event.origin);
    if (owner !== undefined && owner !== event.member) throw invalid(origin, `${event.origin} is ${owner}'s`);
    if (change.sponsor !== undefined && this.#members.get(change.sponsor)?.vetting !== "full") {
      throw invalid(origin, "the sponsor is no vetted member");
    }
    if ((change.vetting === "sponsored") !== (change.sponsor !== undefined))
      throw invalid(origin, "sponsored without sponsor");
    const keys = [...event.keys.attest.map(({ key }) => key), event.keys.checkpoint, event.keys.transport];
    const kept = new Set(before === undefined ? [] : [before.event.keys.checkpoint, before.event.keys.transport]);
    for (const key of keys) {
      admitPublicKey(decodeBase64url(key));
      const user = this.#usedKeys.get(key);
      if (user !== undefined && !kept.has(key)) throw invalid(origin, `a key of ${event.member} is in use by ${user}`);
    }
    const member: Member = {
      did: event.member,
      name: event.name,
      origin: event.origin,
      checkpointKey: makeVerifierKey(event.origin, "ed25519", admitPublicKey(decodeBase64url(event.keys.checkpoint))),
      attestKeys: new Map(event.keys.attest.map(({ kid, key }) => [kid, admitPublicKey(decodeBase64url(key))])),
      transportKey: event.keys.transport,
      vetting: change.vetting,
      ...(change.sponsor === undefined ? {} : { sponsor: change.sponsor }),
      suspended: before?.suspended ?? false,
      event,
      eventIndex: this.log.size,
      eventLeaf: encodeBase64(hashLeaf(bytes)),
    };
    if (before !== undefined) this.#byTransportKey.delete(before.transportKey);
    for (const key of keys) this.#usedKeys.set(key, event.member);
    this.#members.set(member.did, member);
    this.#byOrigin.set(member.origin, member.did);
    this.#byTransportKey.set(member.transportKey, member.did);
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
    const revealed = event.keys.attest.filter(({ key }) => committed.has(encodeBase64(sha256(decodeBase64url(key)))));
    if (revealed.length !== event.keys.attest.length)
      throw invalid(origin, "an attesting key that was not committed to");
    if (revealed.length < before.event.threshold) throw invalid(origin, "fewer committed keys than the threshold");
  }
}

function maintainersOf(change: GenesisChange, origin: string, threshold: number): Maintainers {
  const keys = new Map(change.maintainers.map(({ kid, key }) => [kid, admitPublicKey(decodeBase64url(key))]));
  const distinct = new Set(change.maintainers.map(({ key }) => key)).size;
  if (keys.size !== change.maintainers.length || distinct !== keys.size)
    throw invalid(origin, "a maintainer stands twice");
  if (change.threshold > keys.size) throw invalid(origin, "a threshold that cannot be met");
  return { threshold, keys };
}

/**
 * Checks a member's own signature over its key event, by one of the attesting keys that the event names: proof of possession
 * (REG-3).
 *
 * @throws KEY_EVENT_INVALID, KEY_NOT_ADMISSIBLE, JWS_MALFORMED, KEY_UNKNOWN, SIGNATURE_INVALID
 */
export function readKeyEvent(compact: string): KeyEvent {
  const event = parseKeyEvent(parseJws(compact, KEY_EVENT_TYP).payload);
  const keys = new Map(event.keys.attest.map(({ kid, key }) => [kid, key]));
  verifyJws(compact, KEY_EVENT_TYP, (kid) => {
    const key = keys.get(kid);
    return key === undefined ? undefined : admitPublicKey(decodeBase64url(key));
  });
  return event;
}

/** The commitment to a next key: base64 of the SHA-256 of its raw bytes. */
export function commitNextKey(key: PublicKey): string {
  return encodeBase64(sha256(key.bytes));
}
