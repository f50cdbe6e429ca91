import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { isTallyError, privateKeyFromSeed, type VerifierKey } from "@tallystick/proto";
import { connectRegistry } from "../adapters/grpc/registry-source.ts";
import { createTransportIdentity } from "../adapters/grpc/transport-identity.ts";
import { openLevelStore } from "../adapters/level/level-store.ts";
import { serveHttp } from "../adapters/nest/http-edge.ts";
import { type Trust, trustedLogKey } from "../core/trust.ts";
import { Replica } from "../replica/replica.ts";
import { WitnessService } from "../witness/witness.ts";
import { say, untilStopped } from "./process-lines.ts";
import { openWitnessHome } from "./witness-home.ts";

/** A witness asks the registry for newcomers at most this often. */
const SYNC_EVERY_MS = 1_000;

/**
 * Serves a witness until SIGTERM or SIGINT. It cosigns the registry's own logs, whose keys the trust file pins, and every
 * member's feed, whose keys it reads from its own copy of the registry.
 */
export async function runWitness(homePath: string, trust: Trust): Promise<void> {
  const stopped = untilStopped();
  const home = await openWitnessHome(homePath);
  const store = await openLevelStore(join(home.path, "store"), { createIfMissing: true });
  const now = (): number => Math.floor(Date.now() / 1000);
  const replica = await Replica.open({ trust, store, now });
  // Reading the registry takes a key, but no membership: a fresh one for each life.
  const seed = randomBytes(32);
  const identity = await createTransportIdentity(privateKeyFromSeed(seed), seed, home.description.name);
  const source = connectRegistry(trust, identity);
  const stop = new AbortController();
  let lastSync = Number.NEGATIVE_INFINITY;
  const learn = async (): Promise<void> => {
    if (performance.now() - lastSync < SYNC_EVERY_MS) return;
    lastSync = performance.now();
    try {
      await replica.sync(source, AbortSignal.any([stop.signal, AbortSignal.timeout(5_000)]));
    } catch (error) {
      // Out of reach: what is known already is still cosigned, and the asker tries again.
      if (!isTallyError(error)) throw error;
    }
  };
  const keysOf = async (origin: string): Promise<readonly VerifierKey[]> => {
    const own = Object.values(trust.logs).find((log) => log.origin === origin);
    if (own !== undefined) return [trustedLogKey(own)];
    if (replica.state.members.memberByOrigin(origin) === undefined) await learn();
    const member = replica.state.members.memberByOrigin(origin);
    return member === undefined ? [] : [member.checkpointKey];
  };
  const { name } = home.description;
  const witness = new WitnessService({ name, key: home.key, store, prefix: "witness", keysOf, now });
  const http = await serveHttp({
    host: home.host,
    port: home.port,
    logOf: () => undefined,
    addCheckpoint: (body) => witness.addCheckpoint(body),
  });
  say({ ready: { http: http.port } });
  await stopped;
  stop.abort();
  await http.close();
  source.close();
  await store.close();
  say({ stopped: { peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024) } });
}
