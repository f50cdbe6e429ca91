import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { isTallyError, privateKeyFromSeed, type TallyError, type VerifierKey } from "@tallystick/proto";
import { connectRegistry } from "../adapters/grpc/registry-source.ts";
import { createTransportIdentity } from "../adapters/grpc/transport-identity.ts";
import { openLevelStore } from "../adapters/level/level-store.ts";
import { serveHttp } from "../adapters/nest/http-edge.ts";
import { type Trust, trustedLogKey } from "../core/trust.ts";
import type { KeySecrets } from "../keys/sealing.ts";
import { Replica } from "../replica/replica.ts";
import { WitnessService } from "../witness/witness.ts";
import { Closing, type Served, say, sayMigration, untilStopped } from "./process-lines.ts";
import { ReplicaSync } from "./replica-sync.ts";
import { openWitnessHome } from "./witness-home.ts";

/** A witness asks the registry for news this often, and no oftener whoever asks it. */
const SYNC_EVERY_MS = 1_000;
const SYNC_TIMEOUT_MS = 5_000;

/** A witness being served. */
export interface ServedWitness extends Served<{ readonly http: number }> {
  /** Resolves when its disk failed: it is to be opened anew then, by another process. */
  readonly failed: Promise<TallyError>;
}

/**
 * Serves a witness. It cosigns the registry's own logs, whose keys the trust file pins, and every member's feed, whose keys it
 * reads from its own copy of the registry.
 *
 * @param onRefused hears of what the registry offered and did not verify
 * @throws REGISTRY_HOME_INVALID and STORE_ codes
 */
export async function serveWitness(
  homePath: string,
  trust: Trust,
  onRefused: (code: string) => void,
  secrets?: KeySecrets,
): Promise<ServedWitness> {
  const closing = new Closing();
  try {
    const home = await openWitnessHome(homePath, secrets);
    // A witness that forgot what it cosigned must not cosign again.
    const store = await openLevelStore(join(home.path, "store"), { createIfMissing: false, onMigration: sayMigration });
    closing.push(() => store.close());
    const now = (): number => Math.floor(Date.now() / 1000);
    const replica = await Replica.open({ trust, store, now });
    // Reading the registry takes a key, but no membership: a fresh one for each life.
    const seed = randomBytes(32);
    const { name } = home.description;
    const source = connectRegistry(trust, await createTransportIdentity(privateKeyFromSeed(seed), seed, name));
    closing.push(() => source.close());
    const stop = new AbortController();
    const sync = new ReplicaSync({
      replica,
      source,
      everyMs: SYNC_EVERY_MS,
      timeoutMs: SYNC_TIMEOUT_MS,
      signal: stop.signal,
      monotonicMs: () => performance.now(),
      // Out of reach is no news: what is known already is still cosigned.
      onFailure: (error) => {
        if (isTallyError(error) && !OUT_OF_REACH.has(error.code)) onRefused(error.code);
      },
    });
    const inStep = sync.keepInStep();
    closing.push(() => {
      stop.abort();
      return inStep;
    });
    const keysOf = async (origin: string): Promise<readonly VerifierKey[]> => {
      const own = Object.values(trust.logs).find((log) => log.origin === origin);
      if (own !== undefined) return [trustedLogKey(own)];
      const find = () => replica.state.members.memberByOrigin(origin);
      if (find() === undefined) await sync.refresh();
      const member = find();
      return member === undefined ? [] : [member.checkpointKey];
    };
    const witness = new WitnessService({ name, key: home.key, store, prefix: "witness", keysOf, now });
    const http = await serveHttp({
      host: home.host,
      port: home.port,
      logOf: () => undefined,
      addCheckpoint: (body) => witness.addCheckpoint(body),
      cosigned: (id) => witness.cosigned(id),
    });
    closing.push(() => http.close());
    return { ports: { http: http.port }, failed: store.failed, close: () => closing.close() };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

const OUT_OF_REACH = new Set(["PEER_UNAVAILABLE", "CALL_TIMED_OUT", "CALL_CANCELLED"]);

/** Serves a witness until SIGTERM or SIGINT. Says on stdout, a JSON line each, when it is ready and when it has stopped. */
export async function runWitness(homePath: string, trust: Trust, secrets?: KeySecrets): Promise<void> {
  const stopped = untilStopped();
  const said = new Set<string>();
  const onRefused = (code: string): void => {
    if (!said.has(code)) process.stderr.write(`the registry offers what does not verify: ${code}\n`);
    said.add(code);
  };
  const served = await serveWitness(homePath, trust, onRefused, secrets);
  say({ ready: served.ports });
  const failure = await Promise.race([stopped, served.failed]);
  await served.close();
  if (failure !== undefined) throw failure;
  say({ stopped: { peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024) } });
}
