import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Trust } from "../core/trust.ts";
import { initRegistry } from "./registry-home.ts";
import { initWitness } from "./witness-home.ts";

const HOST = "127.0.0.1";

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** A folder for one test file. */
export async function scratch(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "tally-registry-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export const registryOptions = { name: "Fixture consortium", host: HOST, maintainers: 3, threshold: 2, randomBytes };

/** The folders of a registry and its witness, with nothing running. */
export async function initNetwork(
  folder: string,
): Promise<{ readonly registry: string; readonly witness: string; readonly trust: Trust }> {
  const [port = 0, grpcPort = 0, httpPort = 0] = await freePorts(3);
  const [registry, witness] = [join(folder, "registry"), join(folder, "witness")];
  const description = await initWitness({ path: witness, name: "witness.example", host: HOST, port, randomBytes });
  const options = { ...registryOptions, path: registry, grpcPort, httpPort, witnesses: [description] };
  return { registry, witness, trust: await initRegistry(options) };
}

/** Asks again and again, for at most ten seconds, until the answer is as it shall be. Returns the last one. */
export async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const answer = await ask();
    if (isSo(answer) || tries === 200) return answer;
    await delay(50);
  }
}
