import { existsSync } from "node:fs";
import { join } from "node:path";
import { isTallyError } from "@tallystick/proto";
import { RegistryService } from "@tallystick/proto/wire";
import { z } from "zod";
import { connectGrpc } from "../adapters/grpc/connect-grpc.ts";
import { openLevelStore } from "../adapters/level/level-store.ts";
import type { ReadBackup } from "../backup/read-backup.ts";
import { type RestoreOptions, restoreBackup } from "../backup/restore-backup.ts";
import { sealedKeyFiles } from "../backup/sealed-keys.ts";
import { writeBackup } from "../backup/write-backup.ts";
import { checkRegistryStore } from "../check/check-registry-store.ts";
import { parseTrust, type Trust } from "../core/trust.ts";
import { registryError } from "../errors.ts";
import type { KeySecrets } from "../keys/sealing.ts";
import type { Store } from "../ports/store.ts";
import { readJson } from "./home-files.ts";
import { openRegistryHome } from "./registry-home.ts";

const SOFTWARE = "tallystick 0.1.0";
/** Public files; a proposal that waits is imported again. */
const FILES = ["registry.json", "network.json", "keys/tls-certificate.pem"];

const readTrust = async (home: string): Promise<Trust> =>
  parseTrust(await readJson(join(home, "network.json"), z.unknown()));

/**
 * A registry's store and public files, by whoever has the store open; its keys too where they are wanted and sealed.
 * @throws BACKUP_REFUSED where a key lies open
 */
export async function* backupOpenRegistry(home: string, store: Store, withKeys: boolean): AsyncGenerator<Uint8Array> {
  const { name } = await readTrust(home);
  const header = { kind: "registry", of: name, madeAt: new Date().toISOString(), software: SOFTWARE } as const;
  const files = withKeys ? [...FILES, ...(await sealedKeyFiles(home))] : FILES;
  yield* writeBackup({ header, home, files, store });
}

/**
 * Backs up the registry of a folder: through the process that serves it, or else by opening its store.
 *
 * @throws BACKUP_REFUSED for a witness; REGISTRY_HOME_INVALID and STORE_ codes; PEER_UNAVAILABLE
 */
export async function* backupRegistry(
  home: string,
  withKeys = false,
  secrets?: KeySecrets,
): AsyncGenerator<Uint8Array> {
  if (existsSync(join(home, "witness.json"))) {
    const reason = "a witness that forgot what it cosigned must not cosign again: make a new one, with a new key";
    throw registryError("BACKUP_REFUSED", { reason });
  }
  let store: Store;
  try {
    store = await openLevelStore(join(home, "store"), { createIfMissing: false, keepFormat: true });
  } catch (error) {
    if (!isTallyError(error, "STORE_LOCKED")) throw error;
    yield* backupServed(home, withKeys, secrets);
    return;
  }
  try {
    yield* backupOpenRegistry(home, store, withKeys);
  } finally {
    await store.close();
  }
}

async function* backupServed(
  home: string,
  withKeys: boolean,
  secrets: KeySecrets | undefined,
): AsyncGenerator<Uint8Array> {
  const { trust, transport } = await openRegistryHome(home, secrets);
  const { address, transportKey } = trust.registry;
  const connection = connectGrpc({ address, identity: transport, expectedKey: transportKey });
  try {
    for await (const { chunk } of connection.client(RegistryService).backupRegistry({ withKeys })) yield chunk;
  } finally {
    connection.close();
  }
}

/** Makes a registry's folder from a backup. @throws as `restoreBackup` */
export function restoreRegistry(options: Omit<RestoreOptions, "kind" | "examine">): Promise<ReadBackup> {
  return restoreBackup({
    ...options,
    kind: "registry",
    examine: async (home, store, check) => checkRegistryStore(store, await readTrust(home), check),
  });
}
