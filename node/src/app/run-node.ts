import { randomBytes } from "node:crypto";
import { connectRegistry, type KeySecrets } from "@tallystick/registry";
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
  /** What it serves in place of its own. Default: nothing. */
  readonly ports?: (app: NodeApp) => ServedPorts;
}

/**
 * Runs a node until SIGTERM or SIGINT. Says on stdout, a JSON line each, when it is ready and when it has stopped.
 */
export async function runNode(options: RunNodeOptions): Promise<void> {
  const stop = Promise.withResolvers<void>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.resolve());
  const home = await readNodeHome(options.home, options.secrets);
  const app = await NodeApp.open(home, MACHINE);
  const { host, port, httpPort, ports = () => ({}) } = options;
  const served = await serveNode(app, { host, port, httpPort, ...ports(app) });
  await app.connect();
  app.start(served);
  say({ ready: { did: home.signatory.did, grpc: served.grpc, http: served.http, socket: home.socketPath } });
  await stop.promise;
  await served.close();
  await app.close();
  say({ stopped: { peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024) } });
}

const say = (message: object): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`);
};
