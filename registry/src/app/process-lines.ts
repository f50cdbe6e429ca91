import type { OnMigration } from "../adapters/level/store-format.ts";

/** What a process says to whoever started it: one JSON line on stdout. */
export function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Says on stderr how far the migration of an older release's store is. */
export const sayMigration: OnMigration = ({ from, to, records }) => {
  process.stderr.write(`bringing the store from format ${from} to ${to}: ${records} records\n`);
};

/** Resolves when the process is told to stop. */
export function untilStopped(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  return promise;
}

/** What is being served: where, and how it ends. */
export interface Served<Ports extends object> {
  readonly ports: Ports;
  close(): Promise<void>;
}

/** What was opened one after another, to be closed the other way round. */
export class Closing {
  readonly #steps: (() => unknown)[] = [];

  push(step: () => unknown): void {
    this.#steps.push(step);
  }

  async close(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) await step();
  }
}
