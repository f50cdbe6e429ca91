import { LocalService } from "@tallystick/proto/wire";
import { connectLocal } from "@tallystick/registry";
import type { LocalApi } from "../../ports/local-api.ts";

/** A running node, asked through its socket. */
export interface LocalClient extends LocalApi {
  close(): void;
}

/** Documents are this very program's at the other end of the socket: their shape is not checked again. */
const read = <T>({ json }: { json: string }): T => JSON.parse(json) as T;

export function connectLocalNode(socketPath: string): LocalClient {
  const connection = connectLocal(socketPath);
  const client = connection.client(LocalService);
  return {
    status: async () => read(await client.getStatus({})),
    publish: async (name, content) => read(await client.publish({ name, content })),
    subscribe: async (address, supplier) => read(await client.subscribe({ address, supplier })),
    importLedger: async (name, content) => read(await client.importLedger({ name, content })),
    inventory: async () => read(await client.getInventory({})),
    watch: async function* (signal) {
      for await (const document of client.watchInventory({}, { signal })) yield read(document);
    },
    explain: async (subject) => read(await client.explain({ subject })),
    prove: async function* () {
      for await (const { chunk } of client.prove({})) yield chunk;
    },
    close: () => connection.close(),
  };
}
