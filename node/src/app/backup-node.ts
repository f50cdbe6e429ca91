import { randomBytes } from "node:crypto";
import {
  type ReadBackup,
  type RestoreOptions,
  restoreBackup,
  type Store,
  sealedKeyFiles,
  writeBackup,
} from "@tallystick/registry";
import { ENGINE } from "../core/engine.ts";
import { checkNodeStore } from "./check/check-node-store.ts";
import { readHomeIdentity } from "./home-identity.ts";
import { renameJournal } from "./journal-origin.ts";

/** The public files of a node's folder. */
const FILES = ["identity.json", "network.json", "join-request.json", "tls/certificate.pem"];

/**
 * A node's store and public files, by whoever has the store open; its keys too where they are wanted and sealed.
 * @throws BACKUP_REFUSED where a key lies open
 */
export async function* backupOpenNode(home: string, store: Store, withKeys: boolean): AsyncGenerator<Uint8Array> {
  const { did } = await readHomeIdentity(home);
  const header = { kind: "node", of: did, madeAt: new Date().toISOString(), software: ENGINE } as const;
  const files = withKeys ? [...FILES, ...(await sealedKeyFiles(home))] : FILES;
  yield* writeBackup({ header, home, files, store });
}

/** Makes a node's folder from a backup. @throws as `restoreBackup` */
export function restoreNode(options: Omit<RestoreOptions, "kind" | "examine" | "prepare">): Promise<ReadBackup> {
  return restoreBackup({
    ...options,
    kind: "node",
    prepare: async (home, store) => {
      const { origin } = await readHomeIdentity(home);
      await renameJournal(store, origin, randomBytes(8).toString("hex"));
    },
    examine: async (home, store, check) => checkNodeStore(store, await readHomeIdentity(home), check),
  });
}
