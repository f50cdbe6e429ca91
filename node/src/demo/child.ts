import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A process of the network, up and reachable. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** What it printed when it was ready: its ports. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** Asks it to end and waits. Returns the most memory it ever held, in MiB, as it reports itself. */
  stop(): Promise<number>;
}

/**
 * Starts a process whose stdout is JSON lines: `{"ready":{…}}` once it serves, `{"stopped":{"peakRssMiB":n}}` when it ends
 * in an orderly way. Its stderr is passed on, a line at a time, with its name before it.
 */
export function startChild(name: string, module: string, args: readonly string[], timeoutMs = 30_000): Promise<Child> {
  const child = spawn(process.execPath, ["--max-semi-space-size=4", module, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  createInterface({ input: child.stderr }).on("line", (line) => process.stderr.write(`${name}: ${line}\n`));
  let peakRssMiB = 0;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${name} was not ready within ${timeoutMs} ms`)), timeoutMs);
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`${name} ended with code ${code} before it was ready`));
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      const said = JSON.parse(line) as { ready?: Record<string, unknown>; stopped?: { peakRssMiB: number } };
      if (said.stopped !== undefined) peakRssMiB = said.stopped.peakRssMiB;
      if (said.ready === undefined) return;
      clearTimeout(timer);
      child.removeAllListeners("exit");
      const pid = child.pid;
      if (pid === undefined) throw new TypeError("a process that spoke has a pid");
      resolve({ name, pid, ready: said.ready, stop: () => stopChild(child, () => peakRssMiB) });
    });
  });
}

async function stopChild(child: ChildProcess, peakRssMiB: () => number): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await ended;
    clearTimeout(force);
  }
  return peakRssMiB();
}
