import { LocalService } from "@tallystick/proto/wire";
import { type BoundService, bindService, type CallContext } from "@tallystick/registry";
import type { LocalApi } from "../../ports/local-api.ts";

/** Serves a node to its owner. */
export function makeLocalService(node: LocalApi): BoundService<"owner"> {
  const document = async (answer: Promise<unknown>): Promise<{ json: string }> => ({
    json: JSON.stringify(await answer),
  });
  return bindService(LocalService, {
    getStatus: () => document(node.status()),
    publish: ({ name, content }) => document(node.publish(name, content)),
    subscribe: ({ address, supplier }) => document(node.subscribe(address, supplier)),
    importLedger: ({ name, content }) => document(node.importLedger(name, content)),
    getInventory: () => document(node.inventory()),
    watchInventory: async function* (_request, { signal }: CallContext<"owner">) {
      for await (const inventory of node.watch(signal)) yield { json: JSON.stringify(inventory) };
    },
    explain: ({ subject }) => document(node.explain(subject)),
    prove: async function* () {
      for await (const chunk of node.prove()) yield { chunk };
    },
  });
}
