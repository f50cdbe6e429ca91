import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process of the network, started. */
export interface Spawned {
  readonly name: string;
  readonly pid: number;
  /** What it printed when it was ready: its ports. Rejects where it ends before that. */
  readonly ready: Promise<Readonly<Record<string, unknown>>>;
  readonly ended: Promise<Ended>;
  /** Asks it to end and waits. Returns the most memory it ever held, in MiB, as it reports itself. */
  stop(): Promise<number>;
}

/** A process of the network, up and reachable. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** What it printed when it was ready: its ports. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** Asks it to end and waits. Returns the most memory it ever held, in MiB, as it reports itself. */
  stop(): Promise<number>;
}

export interface SpawnOptions {
  /** Modules that the process loads before its own. */
  readonly preload?: readonly string[];
  /** Hears of each line on its stderr. Default: it is passed on, with the process's name before it. */
  readonly onStderr?: (line: string) => void;
}

/**
 * Starts a process whose stdout is JSON lines: `{"ready":{…}}` once it serves, `{"stopped":{"peakRssMiB":n}}` when it ends
 * in an orderly way.
 */
export function spawnChild(
  name: string,
  module: string,
  args: readonly string[],
  { preload = [], onStderr = (line) => process.stderr.write(`${name}: ${line}\n`) }: SpawnOptions = {},
): Spawned {
  const imports = preload.flatMap((each) => ["--import", each]);
  const child = spawn(process.execPath, ["--max-semi-space-size=4", ...imports, module, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  createInterface({ input: child.stderr }).on("line", onStderr);
  let peakRssMiB = 0;
  const ended = new Promise<Ended>((resolve) => child.once("close", (code, signal) => resolve({ code, signal })));
  const ready = new Promise<Record<string, unknown>>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      reject(new Error(`${name} ended with ${signal ?? `code ${code}`} before it was ready`)),
    );
    createInterface({ input: child.stdout }).on("line", (line) => {
      const said = JSON.parse(line) as { ready?: Record<string, unknown>; stopped?: { peakRssMiB: number } };
      if (said.stopped !== undefined) peakRssMiB = said.stopped.peakRssMiB;
      if (said.ready !== undefined) resolve(said.ready);
    });
  });
  // Whoever waits for it hears of it; nobody has to.
  ready.catch(() => {});
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} could not be started`);
  return { name, pid, ready, ended, stop: () => stopChild(child, () => peakRssMiB) };
}

/** As `spawnChild`, once it is ready. */
export async function startChild(
  name: string,
  module: string,
  args: readonly string[],
  timeoutMs = 30_000,
): Promise<Child> {
  const { pid, ready, stop } = spawnChild(name, module, args);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${name} was not ready within ${timeoutMs} ms`)), timeoutMs);
  try {
    return { name, pid, ready: await Promise.race([ready, late.promise]), stop };
  } finally {
    clearTimeout(timer);
  }
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
