import { join } from "node:path";
import { isTallyError } from "@tallystick/proto";
import { openLevelStore } from "@tallystick/registry";
import { connectLocalNode } from "../adapters/grpc/local-client.ts";
import { backupOpenNode } from "../app/backup-node.ts";
import { readHomeIdentity } from "../app/home-identity.ts";
import { socketPathOf } from "../app/node-home.ts";

/**
 * Backs up the node of that folder: the running one through its socket, or else by opening its store. No key is read.
 *
 * @throws HOME_MISSING, STORE_LOCKED where a process has the folder and its socket does not answer, STORE_CORRUPT
 */
export async function* backupNode(home: string, withKeys = false): AsyncGenerator<Uint8Array> {
  await readHomeIdentity(home);
  const client = connectLocalNode(socketPathOf(home));
  try {
    if (await answers(client)) {
      yield* client.backup(withKeys);
      return;
    }
  } finally {
    client.close();
  }
  const store = await openLevelStore(join(home, "store"), { createIfMissing: false, keepFormat: true });
  try {
    yield* backupOpenNode(home, store, withKeys);
  } finally {
    await store.close();
  }
}

async function answers(client: ReturnType<typeof connectLocalNode>): Promise<boolean> {
  try {
    await client.status();
    return true;
  } catch (error) {
    if (!isTallyError(error, "PEER_UNAVAILABLE")) throw error;
    return false;
  }
}
