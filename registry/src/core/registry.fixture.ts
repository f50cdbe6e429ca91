import { KEY_EVENT_TYP, type KeyEvent } from "@tallystick/contracts";
import {
  encodeBase64,
  encodeBase64url,
  formatVerifierKey,
  hashLeaf,
  type JsonObject,
  makeVerifierKey,
  type PrivateKey,
  privateKeyFromSeed,
  sha256,
  signJws,
  utf8Encode,
} from "@tallystick/proto";
import { buildChange, type MaintainerKeyInMemory } from "./build-change.ts";
import { ChangeLog } from "./change-log.ts";
import { commitNextKey } from "./read-key-event.ts";
import { type RegistryAnchor, type RegistryLog, RegistryState } from "./registry-state.ts";

/** A key that depends on its label alone. */
export function keyOf(label: string): PrivateKey {
  return privateKeyFromSeed(sha256(utf8Encode(label)));
}

/** base64url of the raw public key. */
export function rawKey(label: string): string {
  return encodeBase64url(keyOf(label).publicKey.bytes);
}

export const LOGS = {
  members: { origin: "registry.example/members" },
  contracts: { origin: "registry.example/contracts" },
  factors: { origin: "registry.example/factors" },
} as const;

export const MAINTAINERS: readonly MaintainerKeyInMemory[] = ["a", "b", "c"].map((name) => ({
  kid: `maintainer-${name}`,
  key: keyOf(`maintainer ${name}`),
}));
export const TWO: readonly MaintainerKeyInMemory[] = MAINTAINERS.slice(0, 2);

/** A policy of one witness, whose key has this label. */
export function policyOf(label: string): string {
  const vkey = formatVerifierKey(makeVerifierKey("witness.example", "cosignature-v1", keyOf(label).publicKey));
  return `witness w1 ${vkey}\nquorum w1\n`;
}

/** The change of the genesis: three maintainers of whom two approve. */
export function genesisChange(changed: object = {}): object {
  return {
    kind: "genesis",
    maintainersAt: 0,
    name: "fixture",
    maintainers: MAINTAINERS.map(({ kid }) => ({ kid, key: rawKey(kid.replace("-", " ")) })),
    threshold: 2,
    policy: policyOf("witness"),
    ...changed,
  };
}

/** A state without entries, and the genesis that it is pinned to. */
export function pinTo(
  change: object,
  approvers: readonly MaintainerKeyInMemory[] = MAINTAINERS,
): { state: RegistryState; genesis: Uint8Array; anchor: RegistryAnchor } {
  const genesis = buildChange(new ChangeLog(LOGS.members.origin), change, approvers);
  const anchor = { logs: LOGS, genesis: encodeBase64(hashLeaf(genesis)) };
  return { state: new RegistryState(anchor), genesis, anchor };
}

/** What a member's first event says; its keys are labelled with its name, their use and a number. */
export function firstEvent(name: string, changed: Partial<KeyEvent> = {}): KeyEvent {
  const member = `did:web:${name}.example`;
  return {
    v: 1,
    member,
    name,
    origin: `${name}.example/feed`,
    sequence: 0,
    previous: "",
    keys: {
      attest: [{ kid: `${member}#1`, key: rawKey(`${name} attest 1`) }],
      checkpoint: rawKey(`${name} checkpoint 1`),
      transport: rawKey(`${name} transport 1`),
    },
    next: [commitNextKey(keyOf(`${name} attest 2`).publicKey)],
    threshold: 1,
    grants: [],
    identifiers: [],
    ...changed,
  };
}

/** The event after `firstEvent`: another attesting key, the rest as it was. */
export function secondEvent(name: string, previous: string, changed: Partial<KeyEvent> = {}): KeyEvent {
  const { member, keys } = firstEvent(name);
  return firstEvent(name, {
    sequence: 1,
    previous,
    keys: { ...keys, attest: [{ kid: `${member}#2`, key: rawKey(`${name} attest 2`) }] },
    next: [commitNextKey(keyOf(`${name} attest 3`).publicKey)],
    ...changed,
  });
}

/** An event's JWS by the key of that label, under the id of its first attesting key unless another is given. */
export function signEvent(event: KeyEvent, label: string, kid: string = event.keys.attest[0]?.kid ?? ""): string {
  return signJws(KEY_EVENT_TYP, kid, event as unknown as JsonObject, keyOf(label));
}

/** A change that admits, or carries a later event of, a member. */
export function memberChange(event: KeyEvent, label: string, changed: object = {}): object {
  return { kind: "member", maintainersAt: 0, event: signEvent(event, label), vetting: "full", ...changed };
}

/** A registry that keeps its entries. */
export class FixtureRegistry {
  readonly anchor: RegistryAnchor;
  readonly state: RegistryState;
  readonly entries: { readonly log: RegistryLog; readonly bytes: Uint8Array }[] = [];

  constructor(change: object = genesisChange()) {
    const { state, genesis, anchor } = pinTo(change);
    this.anchor = anchor;
    this.state = state;
    this.append("members", genesis);
  }

  /** Applies a change that two maintainers approve, and returns its leaf. */
  change(log: RegistryLog, change: object, approvers: readonly MaintainerKeyInMemory[] = TWO): Uint8Array {
    const bytes = buildChange(this.state.log(log), change, approvers);
    this.append(log, bytes);
    return bytes;
  }

  append(log: RegistryLog, bytes: Uint8Array): void {
    this.state.apply(log, bytes);
    this.entries.push({ log, bytes });
  }

  /** Admits a member with the keys of `firstEvent`. */
  admit(name: string, changed: object = {}): Uint8Array {
    return this.change("members", memberChange(firstEvent(name), `${name} attest 1`, changed));
  }
}
