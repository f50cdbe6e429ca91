import { isTallyError } from "@tallystick/proto";
import { connectLocalNode } from "../adapters/grpc/local-client.ts";
import { NodeApp } from "../app/node-app.ts";
import { readNodeHome } from "../app/node-home.ts";
import { MACHINE } from "../app/run-node.ts";
import type { LocalApi } from "../ports/local-api.ts";

/**
 * Asks the node of that folder: the running one through its socket, or else this process, which then opens the folder itself.
 *
 * @throws HOME_MISSING, STORE_LOCKED where a process has the folder and its socket does not answer
 */
export async function withNode<T>(homePath: string, use: (node: LocalApi) => Promise<T>): Promise<T> {
  const home = await readNodeHome(homePath);
  const client = connectLocalNode(home.socketPath);
  try {
    await client.status();
    return await use(client);
  } catch (error) {
    if (!isTallyError(error, "PEER_UNAVAILABLE")) throw error;
  } finally {
    client.close();
  }
  const app = await NodeApp.open(home, MACHINE);
  try {
    await app.connect();
    return await use(app);
  } finally {
    await app.close();
  }
}
