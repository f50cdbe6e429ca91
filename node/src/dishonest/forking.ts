import { formatLeaf, hashJws, hashLeaf, type JsonObject } from "@tallystick/proto";
import { openLog, openMemoryStore, type TiledLog } from "@tallystick/registry";
import type { Agreement } from "../core/agreement/agreement-terms.ts";
import type { PublicationItem } from "../core/feed/parse-publication.ts";
import { deliverLeaf } from "../core/feed/plan-delivery.ts";
import type { Cheat } from "./cheat.ts";
import { SwitchedLog } from "./switched-log.ts";
import type { Workbench } from "./workbench.ts";

/** Keeps two histories under one key: its first buyer is shown the one that witnesses see, every other a lower figure in another. */
export function forking(): Cheat {
  let shownToOthers: SwitchedLog | undefined;
  const othersLog = ({ log }: Workbench): SwitchedLog => {
    shownToOthers ??= new SwitchedLog(log);
    return shownToOthers;
  };
  return {
    publish: async (bench, items) => {
      const other = await copyOf(bench);
      othersLog(bench).switchTo(other);
      const [first, ...others] = bench.sales;
      if (first === undefined) throw new TypeError("nobody buys");
      for (const item of items) {
        await bench.deliver(await bench.logHonestly(item), { buyer: first.offer.buyer });
        for (const sale of others) await deliverOtherwise(bench, other, item, sale);
      }
    },
    logFor: (bench, peer) => (bench.sales[0]?.offer.buyer === peer.did ? bench.log : othersLog(bench)),
  };
}

/** The log as it is, under the same key, for another history to begin. */
async function copyOf({ log, app }: Workbench): Promise<TiledLog> {
  const key = app.home.checkpointKey;
  const copy = await openLog({ origin: log.origin, key, store: openMemoryStore(), prefix: "other" });
  await copy.guard([]);
  for (const leaf of await log.readLeaves(0, log.size)) await copy.append([leaf]);
  return copy;
}

async function deliverOtherwise(
  bench: Workbench,
  log: TiledLog,
  item: PublicationItem,
  { routeKey, offer }: Agreement,
): Promise<void> {
  const { jws: honest, disclosures } = await bench.attest(item);
  const jws = await bench.resign(honest, (payload) => {
    const subject = payload.credentialSubject as JsonObject;
    const pcf = { ...(subject.pcf as JsonObject), pcfExcludingBiogenicUptake: "0.001" };
    return { ...payload, credentialSubject: { ...subject, pcf } };
  });
  const leaf = formatLeaf({ kind: "attest", jwsHash: hashJws(jws) });
  const { firstIndex: targetIndex } = await log.append([leaf]);
  const { buyer, origin, epoch } = offer;
  const salt = bench.randomBytes(32);
  const route = { routeKey, origin, epoch, counter: bench.takeCounter(buyer) };
  const target = { index: targetIndex, leafHash: hashLeaf(leaf) };
  const { firstIndex } = await log.append([deliverLeaf(route, target, salt)]);
  bench.handOver(buyer, firstIndex, { salt, targetIndex, jws, disclosures });
}
