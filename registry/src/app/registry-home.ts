import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  encodeBase64,
  encodeBase64url,
  formatVerifierKey,
  formatWitnessPolicy,
  hashLeaf,
  makeVerifierKey,
  parseVerifierKey,
  policyFor,
  type Signer,
} from "@tallystick/proto";
import { z } from "zod";
import type { TransportIdentity } from "../adapters/grpc/transport-identity.ts";
import { openLevelStore } from "../adapters/level/level-store.ts";
import { buildChangeAsync, type MaintainerKey } from "../core/build-change.ts";
import { ChangeLog } from "../core/change-log.ts";
import { parseTrust, type Trust } from "../core/trust.ts";
import { registryError } from "../errors.ts";
import { openTransport } from "../keys/open-transport.ts";
import { type KeySecrets, noSecrets, type Sealer } from "../keys/sealing.ts";
import { RegistryServer, SERVED_LOGS, type ServedLog } from "../server/registry-server.ts";
import { WitnessClient } from "../witness/witness-client.ts";
import { makeHome, readJson, readKey, readSigner, writeJson, writeKey } from "./home-files.ts";
import { homeSchema } from "./home-schema.ts";
import { sayMigration } from "./process-lines.ts";
import type { WitnessDescription } from "./witness-home.ts";

/** A registry's folder, read. */
export interface RegistryHome {
  readonly path: string;
  readonly host: string;
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly trust: Trust;
  readonly maintainers: readonly MaintainerKey[];
  readonly logKeys: Readonly<Record<ServedLog, Signer>>;
  readonly transport: TransportIdentity;
}

export interface InitRegistryOptions {
  readonly path: string;
  readonly name: string;
  readonly host: string;
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly maintainers: number;
  readonly threshold: number;
  readonly witnesses: readonly WitnessDescription[];
  readonly randomBytes: (size: number) => Uint8Array;
  /** Seals the keys. Default: they lie open, readable by their owner alone. */
  readonly sealer?: Sealer;
}

/**
 * Makes a registry: maintainers' keys, log keys, the genesis signed by every maintainer, and the trust file that pins it. On
 * a refusal nothing is left behind.
 *
 * @throws REGISTRY_HOME_EXISTS, TRUST_INVALID, CHANGE_INVALID where the maintainers cannot meet the threshold, and what a
 * witness's key or name is refused with
 */
export function initRegistry(options: InitRegistryOptions): Promise<Trust> {
  return makeHome(options.path, (folder) => fillHome({ ...options, path: folder }));
}

async function fillHome(options: InitRegistryOptions): Promise<Trust> {
  const { path, name, host, grpcPort, httpPort, threshold, randomBytes, sealer } = options;
  const maintainers: MaintainerKey[] = [];
  for (let n = 1; n <= options.maintainers; n++) {
    maintainers.push({ kid: `maintainer-${n}`, key: await writeKey(path, `maintainer-${n}`, randomBytes(32), sealer) });
  }
  const { logKeys, logs } = await makeLogs(path, originBaseOf(name), randomBytes, sealer);
  const transport = await makeTransport(path, name, randomBytes(32), sealer);
  const witnesses = options.witnesses.map(({ name, vkey }) => ({ name: witnessId(name), key: parseVerifierKey(vkey) }));
  const policy = formatWitnessPolicy(policyFor({ witnesses }));
  const genesis = await buildChangeAsync(
    new ChangeLog(logs.members.origin),
    {
      kind: "genesis",
      maintainersAt: 0,
      name,
      maintainers: maintainers.map(({ kid, key }) => ({ kid, key: encodeBase64url(key.publicKey.bytes) })),
      threshold,
      policy,
    },
    maintainers,
  );
  const trust = parseTrust({
    v: 1,
    name,
    logs,
    genesis: encodeBase64(hashLeaf(genesis)),
    registry: { address: `${host}:${grpcPort}`, http: `http://${host}:${httpPort}`, transportKey: transport.publicKey },
    witnesses: options.witnesses,
    policy,
  });
  await writeJson(join(path, "network.json"), trust);
  await writeJson(join(path, "registry.json"), {
    v: 1,
    host,
    grpcPort,
    httpPort,
    maintainers: maintainers.map(({ kid }) => kid),
  });
  const home: RegistryHome = { path, host, grpcPort, httpPort, trust, maintainers, logKeys, transport };
  await (await openLevelStore(join(path, "store"), { createIfMissing: true })).close();
  await withRegistryStore(home, (server) => server.submitChange(trust.logs.members.origin, genesis));
  return trust;
}

async function makeLogs(
  path: string,
  originBase: string,
  randomBytes: (size: number) => Uint8Array,
  sealer: Sealer | undefined,
): Promise<{ logKeys: RegistryHome["logKeys"]; logs: Trust["logs"] }> {
  const made = await Promise.all(
    SERVED_LOGS.map(async (log) => {
      const origin = `${originBase}/${log}`;
      const key = await writeKey(path, `log-${log}`, randomBytes(32), sealer);
      const vkey = formatVerifierKey(makeVerifierKey(origin, "ed25519", key.publicKey));
      return { log, key, trusted: { origin, vkey } };
    }),
  );
  return {
    logKeys: Object.fromEntries(made.map(({ log, key }): [string, Signer] => [log, key])) as Record<ServedLog, Signer>,
    logs: Object.fromEntries(made.map(({ log, trusted }) => [log, trusted])) as unknown as Trust["logs"],
  };
}

const CERTIFICATE = "tls-certificate.pem";

async function makeTransport(
  path: string,
  name: string,
  seed: Uint8Array,
  sealer: Sealer | undefined,
): Promise<TransportIdentity> {
  const key = await writeKey(path, "transport", seed, sealer);
  return openTransport(join(path, "keys", CERTIFICATE), key, seed, name);
}

/** What a registry's origins begin with: its name, as far as an origin can hold it. */
function originBaseOf(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return `${slug === "" ? "registry" : slug}.registry`;
}

/** Policy files name witnesses by words. */
const witnessId = (name: string): string => name.replace(/[^A-Za-z0-9._-]/g, "-");

/** @throws REGISTRY_HOME_INVALID, TRUST_INVALID and what openKeyFile throws */
export async function openRegistryHome(path: string, secrets: KeySecrets = noSecrets()): Promise<RegistryHome> {
  const { v: _v, maintainers: kids, ...ports } = await readJson(join(path, "registry.json"), homeSchema);
  const trust = parseTrust(await readJson(join(path, "network.json"), z.unknown()));
  const maintainers: MaintainerKey[] = [];
  for (const kid of kids) {
    // Keys of maintainers who keep theirs elsewhere are not here.
    if (existsSync(join(path, "keys", `${kid}.json`)))
      maintainers.push({ kid, key: await readSigner(path, kid, secrets) });
  }
  const logKeys = Object.fromEntries(
    await Promise.all(
      SERVED_LOGS.map(async (log): Promise<[string, Signer]> => [log, await readSigner(path, `log-${log}`, secrets)]),
    ),
  ) as Record<ServedLog, Signer>;
  const { key, seed } = await readKey(path, "transport", secrets);
  const transport = await openTransport(join(path, "keys", CERTIFICATE), key, seed, trust.name);
  return { path, ...ports, trust, maintainers, logKeys, transport };
}

/**
 * Opens the registry in this process, for as long as `use` takes.
 *
 * @param access "read" leaves the logs locked, and asks no witness
 * @throws STORE_LOCKED where it is being served; STORE_MISSING; LOG_LOCKED where it was cosigned before and no witness answers; LOG_BEHIND,
 * LOG_FORKED
 */
export async function withRegistryStore<T>(
  home: RegistryHome,
  use: (server: RegistryServer) => Promise<T>,
  access: "append" | "read" = "append",
): Promise<T> {
  // A registry that lost its store must not begin anew under the same keys.
  const store = await openLevelStore(join(home.path, "store"), { createIfMissing: false, onMigration: sayMigration });
  try {
    const witnesses = home.trust.witnesses.map((address) => new WitnessClient(address));
    const server = await RegistryServer.open({ trust: home.trust, store, keys: home.logKeys, witnesses });
    const [locked] = access === "read" ? [] : await server.guard();
    if (locked !== undefined) throw registryError("LOG_LOCKED", { origin: server.log(locked).origin });
    const result = await use(server);
    await server.close();
    return result;
  } finally {
    await store.close();
  }
}
