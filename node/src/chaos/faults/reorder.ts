import { imposeOn } from "./impose-on.ts";
import type { FaultContext, Injector } from "./injector.ts";

/** Lets connections overtake each other, and says again in another order what clients said before. */
export const reorder: Injector<"reorder"> = async ({ links, durationMs, spreadMs }, context) => {
  const [outcome] = await Promise.all([
    imposeOn(links, { spreadMs }, durationMs, context),
    replayShuffled(links, context),
  ]);
  return outcome;
};

/** Old messages after newer ones: on the way to a witness they are in clear, and each is a whole request. */
async function replayShuffled(links: readonly string[], { network, random, signal }: FaultContext): Promise<void> {
  const said = links.flatMap((link) => {
    const proxy = network.proxy(link);
    return proxy.recorded.map((stream) => ({ proxy, stream }));
  });
  for (const { proxy, stream } of random.shuffle(said).slice(0, 12)) {
    if (signal.aborted) return;
    await proxy.replay(stream);
  }
}
