import { AGREEMENTS, MEMBERS } from "../network/members.ts";
import type { SeededRandom } from "../random.ts";
import type { WorkContext } from "./work-context.ts";
import type { Work } from "./worker.ts";

/** Agrees on what is not agreed yet, in order; and then, and now and then before, on what stands already. */
export function agreementWork(context: WorkContext, random: SeededRandom): () => Work {
  const { model, acknowledge, addressOf } = context;
  return () => {
    const missing = AGREEMENTS.filter(([buyer, supplier]) => !model.hasAgreed(buyer, supplier));
    const [next] = missing;
    const anew = next !== undefined && (missing.length === AGREEMENTS.length || random.chance(0.5));
    const [buyer, supplier] = anew ? next : random.pick(AGREEMENTS.filter((pair) => !missing.includes(pair)));
    return async (signal) => {
      const answer = await acknowledge(buyer, "subscribe", signal, (node) =>
        node.subscribe(addressOf(buyer, supplier), MEMBERS[supplier].did),
      );
      if (answer !== undefined) model.agreed(buyer, supplier);
    };
  };
}
