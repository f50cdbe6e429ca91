import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { makeFeedService } from "../adapters/grpc/feed-service.ts";
import { makeRegistryService } from "../adapters/grpc/registry-service.ts";
import { serveGrpc } from "../adapters/grpc/serve-grpc.ts";
import { REGISTRY_STATUS_TABLE } from "../adapters/grpc/status-table.ts";
import { openLevelStore } from "../adapters/level/level-store.ts";
import { serveHttp } from "../adapters/nest/http-edge.ts";
import { RegistryServer } from "../server/registry-server.ts";
import { WitnessClient } from "../witness/witness-client.ts";
import { say, untilStopped } from "./process-lines.ts";
import { openRegistryHome } from "./registry-home.ts";

const HEARTBEAT_MS = 3_600_000;
const GUARD_RETRY_MS = 500;

/** Serves a registry until SIGTERM or SIGINT. Says on stdout, a JSON line each, when it is ready and when it has stopped. */
export async function runRegistry(homePath: string): Promise<void> {
  const stopped = untilStopped();
  const home = await openRegistryHome(homePath);
  const store = await openLevelStore(join(home.path, "store"), { createIfMissing: false });
  const witnesses = home.trust.witnesses.map((address) => new WitnessClient(address));
  const server = await RegistryServer.open({ trust: home.trust, store, keys: home.logKeys, witnesses });
  const stop = new AbortController();
  const logOf = (origin: string) => server.logOf(origin);
  const grpc = await serveGrpc<string>({
    host: home.host,
    port: home.grpcPort,
    identity: home.transport,
    // The registry is public: whoever holds a key may read, and a change carries its own authority.
    admit: (publicKey) => publicKey,
    services: [makeFeedService<string>({ logOf }), makeRegistryService(server)],
    statusTable: REGISTRY_STATUS_TABLE,
  });
  const http = await serveHttp({ host: home.host, port: home.httpPort, logOf });
  const background = (async () => {
    while (!stop.signal.aborted && (await server.guard(stop.signal)).length > 0) {
      await delay(GUARD_RETRY_MS, undefined, { signal: stop.signal }).catch(() => {
        // Aborted: the loop's condition ends it.
      });
    }
    await server.keepCosigned({ signal: stop.signal, heartbeatMs: HEARTBEAT_MS, random: Math.random });
  })();
  say({ ready: { grpc: grpc.port, http: http.port } });
  await stopped;
  stop.abort();
  await Promise.all([grpc.close(), http.close(), background]);
  await server.close();
  await store.close();
  say({ stopped: { peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024) } });
}
