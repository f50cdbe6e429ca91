import { KEY_EVENT_TYP, type KeyEvent, parseKeyEvent } from "@tallystick/contracts";
import {
  admitPublicKey,
  decodeBase64url,
  isTallyError,
  makeVerifierKey,
  parseChange,
  parseJws,
  type VerifierKey,
} from "@tallystick/proto";
import type { Replica } from "@tallystick/registry";
import type { HomeIdentity } from "../home-identity.ts";

/** Every key under which a feed was ever to be signed, by the feed's origin: what a node archived is not signed anew when keys change. */
export class CheckpointKeys {
  readonly #byOrigin = new Map<string, Set<string>>();

  /** Takes the keys from the verified copy of the members log, and this node's first ones from its own request to join. */
  static async read(identity: HomeIdentity, replica: Replica | undefined): Promise<CheckpointKeys> {
    const keys = new CheckpointKeys();
    if (identity.firstEvent !== undefined) keys.#add(identity.firstEvent);
    for (const leaf of (await replica?.leaves("members")) ?? []) {
      const { event } = parseChange(leaf).payload.change;
      if (typeof event === "string") keys.#add(eventOf(event));
    }
    return keys;
  }

  #add(event: KeyEvent | undefined): void {
    if (event === undefined) return;
    const known = this.#byOrigin.get(event.origin) ?? new Set();
    this.#byOrigin.set(event.origin, known.add(event.keys.checkpoint));
  }

  /** As verifiers of notes by `name`. */
  of(origin: string, name: string = origin): readonly VerifierKey[] {
    return [...(this.#byOrigin.get(origin) ?? [])]
      .toReversed()
      .map((key) => makeVerifierKey(name, "ed25519", admitPublicKey(decodeBase64url(key))));
  }
}

function eventOf(jws: string): KeyEvent | undefined {
  try {
    return parseKeyEvent(parseJws(jws, KEY_EVENT_TYP).payload);
  } catch (error) {
    if (!isTallyError(error)) throw error;
    return undefined;
  }
}
