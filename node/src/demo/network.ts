import { fileURLToPath } from "node:url";
import { connectLocalNode, type LocalClient } from "../adapters/grpc/local-client.ts";
import { type Child, startChild } from "./child.ts";
import { type PreparedNetwork, prepareNetwork } from "./prepare.ts";
import { type DemoNode, type DemoNodes, MEMBERS, type MemberName } from "./scenario.ts";

/** The compiled entry of a process; processes run what was built, also where this file runs from source. */
export const moduleOf = (name: string): string => fileURLToPath(new URL(`../../dist/demo/${name}.js`, import.meta.url));

/** A network of separate processes on loopback. */
export interface DemoNetwork {
  readonly folders: PreparedNetwork;
  readonly nodes: DemoNodes;
  /** Ends every process. Returns the most memory each ever held, in MiB. */
  stop(): Promise<Record<string, number>>;
}

/** Makes a network in the folder and starts it: a registry, a witness, and four members, one of which cheats. */
export async function startNetwork(folder: string): Promise<DemoNetwork> {
  const folders = await prepareNetwork(folder);
  const names = Object.keys(MEMBERS) as MemberName[];
  const children = await startAll([
    startChild("registry", moduleOf("registry-process"), [folders.registry]),
    startChild("witness", moduleOf("witness-process"), [folders.witness, folders.network]),
    ...names.map((name) => {
      const module = name === "motor" ? "cheating-member" : "member-process";
      return startChild(name, moduleOf(module), [folders.members[name]]);
    }),
  ]);
  const clients: LocalClient[] = [];
  const nodes = Object.fromEntries(
    names.map((name): [MemberName, DemoNode] => {
      const ready = children.find((one) => one.name === name)?.ready;
      const { grpc, socket } = ready as { grpc: number; socket: string };
      const client = connectLocalNode(socket);
      clients.push(client);
      return [name, { api: client, address: `127.0.0.1:${grpc}` }];
    }),
  ) as Record<MemberName, DemoNode>;
  return {
    folders,
    nodes,
    stop: async () => {
      for (const client of clients) client.close();
      const peaks = await Promise.all(children.map(async (child) => [child.name, await child.stop()] as const));
      return Object.fromEntries(peaks);
    },
  };
}

/** All of them, or none: where one fails to start, the others are ended. */
async function startAll(starting: readonly Promise<Child>[]): Promise<Child[]> {
  const settled = await Promise.allSettled(starting);
  const started = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = settled.find((result) => result.status === "rejected");
  if (failed === undefined) return started;
  await Promise.all(started.map((child) => child.stop()));
  throw failed.reason;
}
