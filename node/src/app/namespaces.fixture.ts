import { execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

// Networks of a test's own, made with iproute2 and nftables: a public segment, and a site behind a NAT that nobody can connect into.

/** An address that libp2p takes for public; it exists in the test's own namespaces only. */
export const PUBLIC_HOST = "45.77.0.1";
const NAT_HOST = "45.77.0.2";
const LAN_ROUTER = "192.168.77.1";
export const LAN_HOST = "192.168.77.2";

/** Why namespaces cannot be made here, or undefined. */
export function whyNoNamespaces(): string | undefined {
  if (process.getuid?.() !== 0) return "not root";
  for (const tool of ["ip", "nft"]) {
    try {
      execFileSync(tool, ["-V"], { stdio: "ignore" });
    } catch {
      return `${tool} is not installed (Debian: iproute2, nftables)`;
    }
  }
  const probe = `tally-probe-${process.pid}`;
  try {
    execFileSync("ip", ["netns", "add", probe], { stdio: "ignore" });
    execFileSync("ip", ["netns", "del", probe], { stdio: "ignore" });
    return undefined;
  } catch {
    return "this machine does not let network namespaces be made";
  }
}

const NAT_RULES = `
table ip nat {
  chain out {
    type nat hook postrouting priority 100;
    oifname "wan" masquerade
  }
}
table ip filter {
  chain through {
    type filter hook forward priority 0; policy drop;
    iifname "lan" accept
    ct state established,related accept
  }
}
`;

export type Where = "public" | "site";

/** A public segment and a site behind NAT. */
export class Namespaces {
  readonly #public = `tally-pub-${process.pid}`;
  readonly #nat = `tally-nat-${process.pid}`;
  readonly #site = `tally-site-${process.pid}`;
  readonly #processes = new Set<NamespacedProcess>();

  constructor() {
    for (const name of [this.#public, this.#nat, this.#site]) {
      ip("netns", "add", name);
      ip("-n", name, "link", "set", "lo", "up");
    }
    this.#join(this.#public, "wan", `${PUBLIC_HOST}/24`, this.#nat, "wan", `${NAT_HOST}/24`);
    this.#join(this.#site, "lan", `${LAN_HOST}/24`, this.#nat, "lan", `${LAN_ROUTER}/24`);
    ip("-n", this.#site, "route", "add", "default", "via", LAN_ROUTER);
    const inNat = (...command: string[]) => ["netns", "exec", this.#nat, ...command];
    ip(...inNat("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"));
    execFileSync("ip", inNat("nft", "-f", "-"), { input: NAT_RULES });
  }

  #join(a: string, aName: string, aAddress: string, b: string, bName: string, bAddress: string): void {
    ip("-n", a, "link", "add", aName, "type", "veth", "peer", "name", bName, "netns", b);
    for (const [name, link, address] of [
      [a, aName, aAddress],
      [b, bName, bAddress],
    ] as const) {
      ip("-n", name, "address", "add", address, "dev", link);
      ip("-n", name, "link", "set", link, "up");
    }
  }

  /** Whether a TCP connection from the public segment to that address of the site opens. */
  reaches(host: string, port: number): boolean {
    const script = `const s = require("node:net").connect(${port}, "${host}"); s.setTimeout(1000);
      s.on("connect", () => process.exit(0)).on("error", () => process.exit(1)).on("timeout", () => process.exit(1));`;
    try {
      execFileSync("ip", ["netns", "exec", this.#public, process.execPath, "-e", script]);
      return true;
    } catch {
      return false;
    }
  }

  /** Starts a process that says on stdout, a JSON line, when it is ready. */
  async start(where: Where, script: string, args: readonly string[]): Promise<NamespacedProcess> {
    const path = fileURLToPath(new URL(script, new URL("../../", import.meta.url)));
    const namespace = where === "public" ? this.#public : this.#site;
    const child = spawn("ip", ["netns", "exec", namespace, process.execPath, path, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const ready = await new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
      child.once("close", () => reject(new Error(`${script} ended: ${said.join("\n")}`)));
      createInterface({ input: child.stdout }).on("line", (line) => {
        const message = JSON.parse(line) as { ready?: Record<string, unknown> };
        if (message.ready !== undefined) resolve(message.ready);
      });
    });
    const started: NamespacedProcess = {
      ready,
      kill: async (signal) => {
        this.#processes.delete(started);
        child.kill(signal);
        await ended;
      },
    };
    this.#processes.add(started);
    return started;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#processes].map((each) => each.kill("SIGKILL")));
    for (const name of [this.#site, this.#nat, this.#public]) ip("netns", "del", name);
  }
}

export interface NamespacedProcess {
  /** What it said when it was ready. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** Ends it and waits. */
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
}

function ip(...args: readonly string[]): void {
  execFileSync("ip", args);
}
