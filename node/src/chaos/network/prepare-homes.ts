import { randomBytes } from "node:crypto";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PRODUCT_FOOTPRINT_CONTRACT } from "@tallystick/contracts";
import {
  addContract,
  admitMember,
  importFactorSet,
  importRates,
  initRegistry,
  initWitness,
  type JoinRequest,
  loadStarter,
  openRegistryHome,
  operateRegistry,
  parseTrust,
  type Trust,
} from "@tallystick/registry";
import { createNodeHome } from "../../app/node-home.ts";
import { type Link, linkName, MEMBER_NAMES, MEMBERS, type ProcessName, WITNESSES } from "./members.ts";

const HOST = "127.0.0.1";

export interface Homes {
  readonly homeOf: (name: ProcessName) => string;
  /** Where what a backup leaves out is kept, as an operator does. */
  readonly keysOf: (name: ProcessName) => string;
  readonly trust: Trust;
}

/**
 * Makes the folders of a network whose every connection goes through a proxy of its own: each process has a trust file with other
 * addresses. Addresses are hints; what is pinned is the same everywhere.
 *
 * @param addressOf host:port of the proxy in front of a link
 */
export async function prepareHomes(
  folder: string,
  diskOf: (name: ProcessName) => string,
  addressOf: (link: string) => string,
): Promise<Homes> {
  const homeOf = (name: ProcessName): string => join(diskOf(name), "home");
  const keysOf = (name: ProcessName): string => join(folder, "keys", name);
  const descriptions = [];
  for (const name of WITNESSES) {
    const options = { path: homeOf(name), name: `${name}.example`, host: HOST, port: 0, randomBytes };
    descriptions.push(await initWitness(options));
  }
  const trust = await initRegistry({
    path: homeOf("registry"),
    name: "Chaos",
    host: HOST,
    grpcPort: 0,
    httpPort: 0,
    maintainers: 3,
    threshold: 2,
    witnesses: descriptions,
    randomBytes,
  });
  const trustOf = (from: Link["from"], witnessesFrom: Link["from"] = from): Trust => ({
    ...trust,
    registry: { ...trust.registry, address: addressOf(linkName({ from, to: "registry" })) },
    witnesses: trust.witnesses.map((witness, at) => ({
      ...witness,
      url: `http://${addressOf(linkName({ from: witnessesFrom, to: WITNESSES[at] as ProcessName }))}`,
    })),
  });
  const requests: JoinRequest[] = [];
  for (const name of MEMBER_NAMES) {
    const home = await createNodeHome({ path: homeOf(name), ...MEMBERS[name], trust: trustOf(name), randomBytes });
    requests.push(home.request);
  }
  const starter = await loadStarter();
  await operateRegistry(await openRegistryHome(homeOf("registry")), async (operator) => {
    for (const request of requests) await admitMember(operator, request);
    await addContract(operator, PRODUCT_FOOTPRINT_CONTRACT);
    for (const set of starter.factorSets) await importFactorSet(operator, set);
    await importRates(operator, starter.rates);
  });
  await writeFile(join(homeOf("registry"), "network.json"), JSON.stringify(trustOf("operator", "registry")));
  for (const name of WITNESSES) {
    // A witness asks no witness.
    await writeFile(join(homeOf(name), "network.json"), JSON.stringify(trustOf(name, "registry")));
  }
  for (const name of ["registry", ...MEMBER_NAMES] as const) {
    await mkdir(keysOf(name), { recursive: true });
    for (const part of ["keys", "tls"]) {
      await cp(join(homeOf(name), part), join(keysOf(name), part), { recursive: true }).catch(() =>
        // A registry has its certificate among its keys.
        mkdir(join(keysOf(name), part), { recursive: true }),
      );
    }
  }
  const network = await readFile(join(homeOf("registry"), "network.json"), "utf8");
  return { homeOf, keysOf, trust: parseTrust(JSON.parse(network)) };
}
