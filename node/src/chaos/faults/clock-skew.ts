import { APPLIED, type Injector } from "./injector.ts";

/** Puts the process's clock ahead or back, and right again. */
export const clockSkew: Injector<"clock-skew"> = async ({ target, durationMs, offsetSeconds }, { network, wait }) => {
  await network.setClock(target, offsetSeconds);
  await wait(durationMs);
  await network.setClock(target, 0);
  return APPLIED;
};
