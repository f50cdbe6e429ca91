import { createWriteStream, type WriteStream } from "node:fs";
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Trust } from "@tallystick/registry";
import { moduleOf } from "../../demo/network.ts";
import { LinkProxy } from "../proxy/link-proxy.ts";
import { type Disks, openDisks } from "./disks.ts";
import { LINKS, type Link, linkName, PROCESSES, type ProcessName, WITNESSES } from "./members.ts";
import { type Homes, prepareHomes } from "./prepare-homes.ts";
import { SupervisedProcess } from "./supervised-process.ts";

export interface ChaosNetworkOptions {
  /** Where the network's folders are made. */
  readonly folder: string;
  /** A number in [0, 1), for the proxies. */
  readonly random: () => number;
  /** Hears of every piece that goes to a process. */
  readonly onSent: (link: Link, connection: number, piece: Uint8Array) => void;
  /** Hears of every process that ended by itself. */
  readonly onEnd: (name: ProcessName, how: string) => void;
}

/** A network of real processes, each on a disk of its own, with a proxy in front of every connection between two of them. */
export class ChaosNetwork {
  readonly folder: string;
  readonly disks: Disks;
  readonly #homes: Homes;
  readonly #proxies: ReadonlyMap<string, LinkProxy>;
  readonly #processes: ReadonlyMap<ProcessName, SupervisedProcess>;
  readonly #logs: readonly WriteStream[];

  private constructor(parts: {
    folder: string;
    disks: Disks;
    homes: Homes;
    proxies: ReadonlyMap<string, LinkProxy>;
    processes: ReadonlyMap<ProcessName, SupervisedProcess>;
    logs: readonly WriteStream[];
  }) {
    this.folder = parts.folder;
    this.disks = parts.disks;
    this.#homes = parts.homes;
    this.#proxies = parts.proxies;
    this.#processes = parts.processes;
    this.#logs = parts.logs;
  }

  /** Makes the network and starts every process. */
  static async start({ folder, random, onSent, onEnd }: ChaosNetworkOptions): Promise<ChaosNetwork> {
    const disks = await openDisks();
    const processes = new Map<ProcessName, SupervisedProcess>();
    const proxies = new Map<string, LinkProxy>();
    for (const link of LINKS) {
      // A witness is reached over HTTP, everyone else over gRPC.
      const port = link.to.startsWith("witness") ? "http" : "grpc";
      proxies.set(
        linkName(link),
        await LinkProxy.listen({
          upstream: () => processes.get(link.to)?.port(port),
          random,
          onSent: (connection, piece) => onSent(link, connection, piece),
        }),
      );
    }
    const diskOf = (name: ProcessName): string => join(folder, "disks", name);
    for (const name of PROCESSES) await disks.make(diskOf(name));
    for (const part of ["logs", "clocks", "marks", "backups"]) await mkdir(join(folder, part), { recursive: true });
    const homes = await prepareHomes(folder, diskOf, (link) => (proxies.get(link) as LinkProxy).address);
    const logs: WriteStream[] = [];
    for (const name of PROCESSES) {
      const log = createWriteStream(join(folder, "logs", `${name}.log`));
      logs.push(log);
      const write = (text: string): boolean => log.write(`${new Date().toISOString()} ${text}\n`);
      processes.set(
        name,
        new SupervisedProcess({
          name,
          ...moduleAndArgs(name, homes),
          preload: preloadsOf(folder, name),
          onStderr: write,
          onEnd: (how) => {
            write(`ended by itself: ${how}`);
            onEnd(name, how);
          },
        }),
      );
    }
    // A member has no store before its first start.
    for (const name of ["registry", ...WITNESSES] as const)
      await markDurable(join(homes.homeOf(name), "store"), marksFile(folder, name));
    for (const process of processes.values()) process.release();
    return new ChaosNetwork({ folder, disks, homes, proxies, processes, logs });
  }

  get trust(): Trust {
    return this.#homes.trust;
  }

  homeOf(name: ProcessName): string {
    return this.#homes.homeOf(name);
  }

  keysOf(name: ProcessName): string {
    return this.#homes.keysOf(name);
  }

  diskOf(name: ProcessName): string {
    return join(this.folder, "disks", name);
  }

  process(name: ProcessName): SupervisedProcess {
    return this.#processes.get(name) as SupervisedProcess;
  }

  proxy(link: string): LinkProxy {
    const proxy = this.#proxies.get(link);
    if (proxy === undefined) throw new TypeError(`no such link: ${link}`);
    return proxy;
  }

  /** Puts a process's clock off by so many seconds; 0 is right. */
  async setClock(name: ProcessName, offsetSeconds: number): Promise<void> {
    const file = clockFile(this.folder, name);
    if (offsetSeconds === 0) await rm(file, { force: true });
    else await writeFile(file, `${offsetSeconds}`);
  }

  /** The file with the bytes of each write-ahead log that were forced to the disk. */
  marksOf(name: ProcessName): string {
    return marksFile(this.folder, name);
  }

  /** Puts down that all of a store's write-ahead log is on the disk: it was made or restored by a program that forced it there. */
  async markDurable(name: ProcessName): Promise<void> {
    await markDurable(join(this.homeOf(name), "store"), this.marksOf(name));
  }

  /** Ends every process; the folders stay. */
  async stop(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((process) => process.stop()));
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.close()));
    for (const log of this.#logs) log.end();
  }
}

const clockFile = (folder: string, name: ProcessName): string => join(folder, "clocks", name);
const marksFile = (folder: string, name: ProcessName): string => join(folder, "marks", `${name}.json`);

async function markDurable(store: string, marks: string): Promise<void> {
  const names = (await readdir(store)).filter((name) => name.endsWith(".log"));
  const sizes = await Promise.all(names.map(async (name) => [name, (await stat(join(store, name))).size] as const));
  await writeFile(marks, JSON.stringify(Object.fromEntries(sizes)));
}

function preloadsOf(folder: string, name: ProcessName): string[] {
  const compiled = (module: string, parameters: Record<string, string>): string => {
    const url = new URL(`../../../dist/chaos/preload/${module}.js`, import.meta.url);
    url.search = new URLSearchParams(parameters).toString();
    return url.href;
  };
  return [
    compiled("end-with-parent", {}),
    compiled("skewed-clock", { offset: clockFile(folder, name) }),
    compiled("synced-marks", { marks: marksFile(folder, name) }),
  ];
}

function moduleAndArgs(name: ProcessName, homes: Homes): { module: string; args: readonly string[] } {
  const home = homes.homeOf(name);
  if (name === "registry") return { module: moduleOf("registry-process"), args: [home] };
  if (name.startsWith("witness")) {
    return { module: moduleOf("witness-process"), args: [home, join(home, "network.json")] };
  }
  return { module: moduleOf("member-process"), args: [home] };
}

/** A program of the product, as it was built. */
export const programOf = (name: "tally" | "tally-registry"): string =>
  fileURLToPath(
    name === "tally"
      ? new URL("../../../bin/tally.js", import.meta.url)
      : new URL("../../../../registry/bin/tally-registry.js", import.meta.url),
  );
