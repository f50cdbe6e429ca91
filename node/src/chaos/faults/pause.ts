import { APPLIED, type Injector, type Outcome } from "./injector.ts";

/** Stops the process in the middle of whatever it does, and lets it go on: its connections stay, and it does not know. */
export const pause: Injector<"pause"> = ({ target, durationMs }, { network, wait }) => {
  const process = network.process(target);
  return process.alone<Outcome>(async () => {
    if (process.pid === undefined) return { skipped: "the process was down" };
    process.signal("SIGSTOP");
    try {
      await wait(durationMs);
    } finally {
      process.signal("SIGCONT");
    }
    return APPLIED;
  });
};
