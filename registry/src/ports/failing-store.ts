import type { KeyRange, Store, WriteOp, WriteOptions } from "./store.ts";

/** What a FailingStore throws: the power went. */
export class PowerFailure extends Error {}

/**
 * A store for crash tests: at write number `failAt` (from 0) the power goes, before the write or after it, and nothing
 * answers any more. What lies below it is what a restart finds.
 */
export class FailingStore implements Store {
  readonly #below: Store;
  readonly #failAt: number;
  readonly #when: "before" | "after";
  #writes = 0;
  #dead = false;

  constructor(below: Store, failAt: number, when: "before" | "after") {
    this.#below = below;
    this.#failAt = failAt;
    this.#when = when;
  }

  get hasFailed(): boolean {
    return this.#dead;
  }

  get(key: string): Promise<Uint8Array | undefined> {
    this.#assertPower();
    return this.#below.get(key);
  }

  getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    this.#assertPower();
    return this.#below.getMany(keys);
  }

  async write(ops: readonly WriteOp[], options?: WriteOptions): Promise<void> {
    this.#assertPower();
    const fails = this.#writes === this.#failAt;
    this.#writes += 1;
    if (fails) this.#dead = true;
    if (!fails || this.#when === "after") await this.#below.write(ops, options);
    this.#assertPower();
  }

  async *entries(range: KeyRange): AsyncGenerator<[string, Uint8Array]> {
    this.#assertPower();
    yield* this.#below.entries(range);
  }

  async close(): Promise<void> {}

  #assertPower(): void {
    if (this.#dead) throw new PowerFailure();
  }
}
