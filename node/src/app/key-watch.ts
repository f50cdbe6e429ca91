import { encodeBase64url, type Signer } from "@tallystick/proto";
import { parseKeyEventRequest, type Replica } from "@tallystick/registry";
import { type HeldKeys, whyNotToSign } from "../core/keys/keys-standing.ts";
import { nodeError } from "../errors.ts";
import { deleteKeySet, type KeySets, readKeySets, useKeySet } from "./key-sets.ts";
import { type NodeHome, readNodeHome } from "./node-home.ts";
import type { RegistryLink } from "./registry-link.ts";

/**
 * The folder with the keys that the copy of the registry names: those in use or, where their event has been published meanwhile, those that
 * waited for it.
 */
export async function withNamedKeys(home: NodeHome, replica: Replica): Promise<NodeHome> {
  const event = replica.state.members.memberOf(home.signatory.did)?.event;
  const { staged } = home.keySets;
  if (event === undefined || staged === undefined || eventOf(staged.request) !== eventOf({ event })) return home;
  // Before anything is changed: keys that do not open are not taken.
  await readNodeHome(home.path, home.secrets, staged);
  await useKeySet(home.path, staged);
  return readNodeHome(home.path, home.secrets);
}

/** Of a request or of an event that was read: what tells whether they are one. */
function eventOf(source: unknown): string {
  const { event } = source as { event: unknown };
  return JSON.stringify(typeof event === "string" ? parseKeyEventRequest(source).event : event);
}

export function heldKeys({ signatory, checkpointKey, transport }: NodeHome): HeldKeys {
  return {
    kid: signatory.kid,
    attest: encodeBase64url(signatory.key.publicKey.bytes),
    checkpoint: encodeBase64url(checkpointKey.publicKey.bytes),
    transport: transport.publicKey,
  };
}

/** Watches whether the keys in use are those that the registry names. */
export class KeyWatch {
  readonly #home: NodeHome;
  readonly #replica: Replica;
  readonly #held: HeldKeys;
  readonly #changed: PromiseWithResolvers<void> = Promise.withResolvers<void>();

  constructor(home: NodeHome, replica: Replica) {
    this.#home = home;
    this.#replica = replica;
    this.#held = heldKeys(home);
  }

  /** Resolves when the registry names the keys that wait in the folder: the node is to be opened again, and takes them then. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** Why these keys must not sign. */
  whyNot(): string | undefined {
    return whyNotToSign(this.#held, this.#event);
  }

  /** The registry has grown: true if it names the keys that wait. */
  async learnt(): Promise<boolean> {
    if (this.whyNot() === undefined) return false;
    const { staged } = await this.#sets();
    const named = staged !== undefined && eventOf(staged.request) === eventOf({ event: this.#event });
    if (named) this.#changed.resolve();
    return named;
  }

  /**
   * While a change of keys waits, the registry is asked each time whether it has published it, so that nothing is signed with keys that
   * have just gone out of use.
   *
   * @throws SIGNING_LOCKED where the registry does not answer, or names other keys
   */
  async requireNamed(link: RegistryLink): Promise<void> {
    const { origin } = this.#home;
    const { staged } = await this.#sets();
    if (staged !== undefined && !(await link.learnAnew())) {
      const reason = `key event ${staged.sequence} waits for the registry, which does not answer`;
      throw nodeError("SIGNING_LOCKED", { origin, reason });
    }
    const reason = this.whyNot();
    if (reason !== undefined) throw nodeError("SIGNING_LOCKED", { origin, reason });
  }

  /** A signer that asks each time, as `requireNamed` does, whether its key may sign. Its `sign` throws SIGNING_LOCKED as well. */
  guarded(signer: Signer, link: () => RegistryLink): Signer {
    return {
      publicKey: signer.publicKey,
      ready: async () => {
        await this.requireNamed(link());
        await signer.ready();
      },
      sign: async (message) => {
        await this.requireNamed(link());
        return signer.sign(message);
      },
    };
  }

  /** Deletes keys that are out of use, once what the present ones signed is final. */
  async forgetRetired(finalSignedBy: (publicKey: Uint8Array) => boolean): Promise<void> {
    const { retired } = this.#home.keySets;
    if (retired.length === 0 || this.#event === undefined || this.whyNot() !== undefined) return;
    if (!finalSignedBy(this.#home.checkpointKey.publicKey.bytes)) return;
    for (const set of retired) await deleteKeySet(this.#home.path, set);
  }

  get #event() {
    return this.#replica.state.members.memberOf(this.#home.signatory.did)?.event;
  }

  #sets(): Promise<KeySets> {
    return readKeySets(this.#home.path, this.#home.firstKid);
  }
}
