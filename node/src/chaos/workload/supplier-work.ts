import type { StatedFootprint } from "../model/footprint-file.ts";
import type { Model } from "../model/model.ts";
import { AGREEMENTS, type SupplierName } from "../network/members.ts";
import type { SeededRandom } from "../random.ts";
import type { WorkContext } from "./work-context.ts";
import type { Work } from "./worker.ts";

/** Products of one supplier. */
export const PRODUCTS = 24;
const MAX_MILLI_KG = 900_000;
/** Most pieces of what was bought in one that was made. */
const MAX_INPUT = 3;
/** The highest figure of what each buys from the tier above. */
const HIGHEST: Readonly<Record<SupplierName, number>> = {
  smelter: 0,
  casting: MAX_MILLI_KG + 1,
  motor: MAX_MILLI_KG + 1 + MAX_INPUT * (MAX_MILLI_KG + 1) + 1,
};
/** Most footprints of one file. */
const MAX_BATCH = 12;

export const productOf = (supplier: SupplierName, n: number): string =>
  `urn:pact:${supplier}.example:product-id:part-${n}`;

/** What a supplier does: publishes footprints, new and superseding ones, some resting on what it bought; and now and then the same again. */
export function supplierWork(supplier: SupplierName, context: WorkContext, random: SeededRandom): () => Work {
  const { model, files, acknowledge, violation } = context;
  let last: readonly StatedFootprint[] = [];
  const publish = async (stated: readonly StatedFootprint[], signal: AbortSignal): Promise<void> => {
    const acknowledged = model.publishing(supplier, stated);
    const file = files(stated);
    const answer = await acknowledge(supplier, "publish", signal, (node) => node.publish("part.json", file));
    if (answer !== undefined) acknowledged(answer);
  };
  return () => {
    if (last.length > 0 && random.chance(0.12)) {
      const [again, file] = [last, files(last)];
      return async (signal) => {
        const answer = await acknowledge(supplier, "publish again", signal, (node) => node.publish("part.json", file));
        if (answer?.published.every(({ unchanged }) => unchanged) === false) {
          violation(
            "lost",
            `${supplier} published anew what it had acknowledged: ${again.map(({ productId }) => productId).join()}`,
          );
        }
      };
    }
    const count = random.chance(0.2) ? random.int(2, MAX_BATCH) : 1;
    const chosen = random.shuffle(Array.from({ length: PRODUCTS }, (_, n) => n)).slice(0, count);
    const stated = chosen.map((n) => state(supplier, n, model, random));
    last = stated;
    return (signal) => publish(stated, signal);
  };
}

function state(supplier: SupplierName, n: number, model: Model, random: SeededRandom): StatedFootprint {
  const productId = productOf(supplier, n);
  const drawn = random.int(1, MAX_MILLI_KG);
  const inputs = inputsOf(supplier, model, random);
  // No less than what it was made of, whatever becomes of that meanwhile: a node refuses a figure that its parts exceed.
  const made = inputs.reduce((sum, { pieces }) => sum + pieces * HIGHEST[supplier], drawn);
  // Another figure than the one that stands, so that it supersedes.
  const milliKg = made === model.live(productId)?.milliKg ? made + 1 : made;
  return { productId, milliKg, inputs };
}

/** What it was made of: something of a supplier of its own, if it is certain to hold that. */
function inputsOf(supplier: SupplierName, model: Model, random: SeededRandom): StatedFootprint["inputs"] {
  const [bought] = AGREEMENTS.flatMap(([buyer, of]) => (buyer === supplier ? [of] : []));
  const productId = productOf(bought ?? supplier, random.int(0, PRODUCTS - 1));
  const pieces = random.int(1, MAX_INPUT);
  if (bought === undefined || !random.chance(0.3) || !model.isHeld(supplier, productId)) return [];
  return [{ productId, pieces }];
}
