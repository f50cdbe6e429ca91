import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { makeFeedService } from "../adapters/grpc/feed-service.ts";
import { makeRegistryService } from "../adapters/grpc/registry-service.ts";
import { serveGrpc } from "../adapters/grpc/serve-grpc.ts";
import { REGISTRY_STATUS_TABLE } from "../adapters/grpc/status-table.ts";
import { openLevelStore } from "../adapters/level/level-store.ts";
import { serveHttp } from "../adapters/nest/http-edge.ts";
import type { KeySecrets } from "../keys/sealing.ts";
import { RegistryServer } from "../server/registry-server.ts";
import { WitnessClient } from "../witness/witness-client.ts";
import { backupOpenRegistry } from "./backup-registry.ts";
import { Closing, type Served, say, sayMigration, untilStopped } from "./process-lines.ts";
import { openRegistryHome } from "./registry-home.ts";

const HEARTBEAT_MS = 3_600_000;
const GUARD_RETRY_MS = 500;

/** A registry being served. */
export interface ServedRegistry extends Served<{ readonly grpc: number; readonly http: number }> {
  /**
   * Never resolves; rejects when its witnesses know more than this disk, or otherwise (LOG_BEHIND, LOG_FORKED), and when its disk
   * failed (STORE_FAILED, STORE_CORRUPT): it is to be opened anew then, by another process.
   */
  readonly failed: Promise<never>;
}

/**
 * Serves a registry. It can be read at once, and takes changes when its witnesses have said what they hold of it.
 *
 * @throws REGISTRY_HOME_INVALID, TRUST_INVALID and STORE_ codes
 */
export async function serveRegistry(homePath: string, secrets?: KeySecrets): Promise<ServedRegistry> {
  const closing = new Closing();
  try {
    const home = await openRegistryHome(homePath, secrets);
    const store = await openLevelStore(join(home.path, "store"), { createIfMissing: false, onMigration: sayMigration });
    closing.push(() => store.close());
    const witnesses = home.trust.witnesses.map((address) => new WitnessClient(address));
    const server = await RegistryServer.open({ trust: home.trust, store, keys: home.logKeys, witnesses });
    closing.push(() => server.close());
    const logOf = (origin: string) => server.logOf(origin);
    const grpc = await serveGrpc<string>({
      host: home.host,
      port: home.grpcPort,
      identity: home.transport,
      // The registry is public: whoever holds a key may read, and a change carries its own authority.
      admit: (publicKey) => publicKey,
      services: [
        makeFeedService<string>({ logOf }),
        makeRegistryService(server, home.trust.registry.transportKey, (withKeys) =>
          backupOpenRegistry(home.path, store, withKeys),
        ),
      ],
      statusTable: REGISTRY_STATUS_TABLE,
    });
    closing.push(() => grpc.close());
    const http = await serveHttp({ host: home.host, port: home.httpPort, logOf });
    closing.push(() => http.close());
    const stop = new AbortController();
    const failed = Promise.withResolvers<never>();
    // Not listened to, it must not end the process.
    failed.promise.catch(() => {});
    void store.failed.then(failed.reject);
    const signing = sign(server, stop.signal).catch(failed.reject);
    closing.push(() => {
      stop.abort();
      return signing;
    });
    return { ports: { grpc: grpc.port, http: http.port }, failed: failed.promise, close: () => closing.close() };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function sign(server: RegistryServer, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await server.guard(signal)).length > 0) {
    await delay(GUARD_RETRY_MS, undefined, { signal }).catch(() => {
      // Aborted: the loop's condition ends it.
    });
  }
  await server.keepCosigned({ signal, heartbeatMs: HEARTBEAT_MS, random: Math.random });
}

/**
 * Serves a registry until SIGTERM or SIGINT. Says on stdout, a JSON line each, when it is ready and when it has stopped.
 *
 * @throws as `serveRegistry`, and what its `failed` rejects with
 */
export async function runRegistry(homePath: string, secrets?: KeySecrets): Promise<void> {
  const stopped = untilStopped();
  const served = await serveRegistry(homePath, secrets);
  say({ ready: served.ports });
  try {
    await Promise.race([stopped, served.failed]);
  } finally {
    await served.close();
  }
  say({ stopped: { peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024) } });
}
