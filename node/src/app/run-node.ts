import { randomBytes } from "node:crypto";
import { connectRegistry, type KeySecrets } from "@tallystick/registry";
import type { Libp2pOptions } from "../adapters/libp2p/road-options.ts";
import type { Machine } from "./machine.ts";
import { NodeApp } from "./node-app.ts";
import { readNodeHome } from "./node-home.ts";
import { type ServedPorts, serveNode } from "./serve-node.ts";

/** The real clock, randomness and network. */
export const MACHINE: Machine = {
  now: () => Math.floor(Date.now() / 1000),
  random: Math.random,
  randomBytes: (size) => randomBytes(size),
  connectRegistry: (home) => connectRegistry(home.trust, home.transport),
};

export interface RunNodeOptions {
  readonly home: string;
  /** What opens the keys, where they are sealed. */
  readonly secrets?: KeySecrets;
  readonly host: string;
  readonly port: number;
  readonly httpPort: number;
  /** The second road. Default: none. */
  readonly libp2p?: Libp2pOptions;
  /** What it serves in place of its own. Default: nothing. */
  readonly ports?: (app: NodeApp) => ServedPorts;
}

/**
 * Runs a node until SIGTERM or SIGINT. Says on stdout, a JSON line each, when it is ready and when it has stopped; when the registry
 * has published keys that wait in the folder, it opens the folder again, with those, and says that it is ready once more.
 */
export async function runNode(options: RunNodeOptions): Promise<void> {
  const stop = Promise.withResolvers<void>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.resolve());
  let stopping = false;
  void stop.promise.then(() => {
    stopping = true;
  });
  const given = { port: options.port, httpPort: options.httpPort };
  while (!stopping) {
    const app = await NodeApp.open(await readNodeHome(options.home, options.secrets), MACHINE);
    const { home } = app;
    const { libp2p, ports = () => ({}) } = options;
    const second = libp2p === undefined ? {} : { libp2p };
    const served = await serveNode(app, { host: options.host, ...given, ...second, ...ports(app) });
    // Partners know these: they stay what they are when the folder is opened again.
    Object.assign(given, { port: served.grpc, httpPort: served.http });
    await app.connect();
    app.start(served);
    const { did, kid } = home.signatory;
    const { grpc, http } = served;
    const multiaddrs = served.libp2p === undefined ? {} : { libp2p: served.libp2p.listening() };
    say({ ready: { did, kid, grpc, http, ...multiaddrs, socket: home.socketPath } });
    const failure = await Promise.race([stop.promise, app.keysChanged, app.failed]);
    if (failure !== undefined) {
      // Not even closed: what is in memory may be ahead of the disk. Whoever keeps the node running starts it anew.
      process.stderr.write(`${failure.message}\n`);
      process.exit(1);
    }
    await served.close();
    await app.close();
  }
  say({ stopped: { peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024) } });
}

const say = (message: object): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`);
};
