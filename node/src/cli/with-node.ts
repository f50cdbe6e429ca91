import { isTallyError } from "@tallystick/proto";
import { secretsOf } from "@tallystick/registry";
import { connectLocalNode } from "../adapters/grpc/local-client.ts";
import { readHomeIdentity } from "../app/home-identity.ts";
import { NodeApp } from "../app/node-app.ts";
import { readNodeHome, socketPathOf } from "../app/node-home.ts";
import { MACHINE } from "../app/run-node.ts";
import type { LocalApi } from "../ports/local-api.ts";
import type { Globals } from "./run.ts";

/**
 * Asks the node of that folder: the running one through its socket, or else this process, which then opens the folder itself.
 *
 * The keys are opened only in the second case.
 *
 * @throws HOME_MISSING, STORE_LOCKED where a process has the folder and its socket does not answer; what openKeyFile throws
 */
export async function withNode<T>(globals: Globals, use: (node: LocalApi) => Promise<T>): Promise<T> {
  await readHomeIdentity(globals.home);
  const client = connectLocalNode(socketPathOf(globals.home));
  try {
    await client.status();
    return await use(client);
  } catch (error) {
    if (!isTallyError(error, "PEER_UNAVAILABLE")) throw error;
  } finally {
    client.close();
  }
  const secrets = secretsOf(globals);
  for (;;) {
    const app = await NodeApp.open(await readNodeHome(globals.home, secrets), MACHINE);
    try {
      await app.connect();
      if (!(await app.hasNewKeys())) return await use(app);
    } finally {
      await app.close();
    }
  }
}
