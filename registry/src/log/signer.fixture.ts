import type { PrivateKey, Signer } from "@tallystick/proto";
import { keyFileError } from "../keys/key-errors.ts";

/** A signer that comes and goes. */
export class AwaySigner implements Signer {
  readonly #key: PrivateKey;
  away = false;
  /** Goes before this many signatures more are made. */
  goesAfter: number = Number.POSITIVE_INFINITY;
  /** Hears of each call that found it away. */
  onMissed: () => void = () => {};

  constructor(key: PrivateKey) {
    this.#key = key;
  }

  get publicKey(): PrivateKey["publicKey"] {
    return this.#key.publicKey;
  }

  async ready(): Promise<void> {
    if (!this.away) return;
    this.onMissed();
    throw keyFileError("SIGNER_UNAVAILABLE", { path: "/run/agent.sock", reason: "nobody listens" });
  }

  async sign(message: Uint8Array): Promise<Uint8Array> {
    if (this.goesAfter-- <= 0) this.away = true;
    await this.ready();
    return this.#key.sign(message);
  }
}
