import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { join } from "node:path";
import { PRODUCT_FOOTPRINT_CONTRACT } from "@tallystick/contracts";
import {
  addContract,
  admitMember,
  importFactorSet,
  importRates,
  initRegistry,
  initWitness,
  loadStarter,
  openRegistryHome,
  operateRegistry,
} from "@tallystick/registry";
import { createNodeHome } from "../app/node-home.ts";
import { MEMBERS, type MemberName } from "./scenario.ts";

const HOST = "127.0.0.1";

/** Ports that were free a moment ago: the trust file names addresses before anything listens. */
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

/** The folders of a network, made but not yet running. */
export interface PreparedNetwork<Name extends string = MemberName> {
  readonly registry: string;
  readonly witness: string;
  readonly network: string;
  readonly members: Readonly<Record<Name, string>>;
}

/** The network of the demonstration. */
export const prepareNetwork = (folder: string): Promise<PreparedNetwork> => prepareNetworkOf(folder, MEMBERS);

/** Does what operator and members do by hand (docs/guides): keys, genesis, admissions, contract, factors. */
export async function prepareNetworkOf<Name extends string>(
  folder: string,
  admitted: Readonly<
    Record<Name, { readonly did: string; readonly name: string; readonly grants?: readonly "attest-by-log"[] }>
  >,
  host: string = HOST,
): Promise<PreparedNetwork<Name>> {
  const [witnessPort = 0, grpcPort = 0, httpPort = 0] = await freePorts(3);
  const registry = join(folder, "registry");
  const witness = join(folder, "witness");
  const description = await initWitness({
    path: witness,
    name: "witness.example",
    host,
    port: witnessPort,
    randomBytes,
  });
  const trust = await initRegistry({
    path: registry,
    name: "Demonstration",
    host,
    grpcPort,
    httpPort,
    maintainers: 3,
    threshold: 2,
    witnesses: [description],
    randomBytes,
  });
  const names = Object.keys(admitted) as Name[];
  const members = Object.fromEntries(names.map((name) => [name, join(folder, name)])) as Record<Name, string>;
  const requests = await Promise.all(
    names.map(async (name) => {
      const { request } = await createNodeHome({ path: members[name], ...admitted[name], trust, randomBytes });
      return request;
    }),
  );
  const starter = await loadStarter();
  await operateRegistry(await openRegistryHome(registry), async (operator) => {
    for (const request of requests) await admitMember(operator, request);
    await addContract(operator, PRODUCT_FOOTPRINT_CONTRACT);
    for (const set of starter.factorSets) await importFactorSet(operator, set);
    await importRates(operator, starter.rates);
  });
  return { registry, witness, network: join(registry, "network.json"), members };
}
