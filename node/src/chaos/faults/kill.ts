import { APPLIED, type Injector, type Outcome } from "./injector.ts";

/** Ends the process at once, wherever it is, and starts it again after a while. */
export const kill: Injector<"kill"> = ({ target, durationMs }, { network, wait }) => {
  const process = network.process(target);
  return process.alone<Outcome>(async () => {
    await process.killAndHold();
    await wait(durationMs);
    process.release();
    return APPLIED;
  });
};
