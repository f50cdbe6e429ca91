import type { NodeApp } from "../app/node-app.ts";
import type { ServedPorts } from "../app/serve-node.ts";
import { parsePublication } from "../core/feed/parse-publication.ts";
import type { LocalApi } from "../ports/local-api.ts";
import type { Cheat } from "./cheat.ts";
import { Workbench } from "./workbench.ts";

/** Files that begin so are published honestly, also by a dishonest member. */
export const HONEST_FILE = "honest";

/**
 * The ports of a node in a dishonest member's hands: partners, witnesses and the registry see a node like any other. The product has
 * no switch for it: another program fills the ports that an honest node fills.
 */
export function disguise(
  cheat: Cheat,
  nowUnix: () => number,
  randomBytes: (size: number) => Uint8Array,
): (app: NodeApp) => ServedPorts {
  return (app) => {
    const bench = new Workbench(app, nowUnix, randomBytes);
    const { logFor } = cheat;
    return {
      deliveries: cheat.deliveries?.(bench) ?? bench,
      ...(logFor === undefined ? {} : { logFor: (peer) => logFor(bench, peer) }),
      owner: ownerOf(app, async (name, content) => {
        const items = parsePublication(name, content);
        if (!name.startsWith(HONEST_FILE)) return cheat.publish(bench, items);
        for (const item of items) await bench.deliver(await bench.logHonestly(item));
      }),
    };
  };
}

/** The node's owner, who publishes otherwise. */
function ownerOf(app: NodeApp, publish: (name: string, content: Uint8Array) => Promise<void>): LocalApi {
  const publishOtherwise: LocalApi["publish"] = async (name, content) => {
    await publish(name, content);
    return { published: [], deliveries: 0, warnings: [] };
  };
  return new Proxy<LocalApi>(app, {
    get: (_target, name) => {
      if (name === "publish") return publishOtherwise;
      const own: unknown = Reflect.get(app, name, app);
      return typeof own === "function" ? own.bind(app) : own;
    },
  });
}
