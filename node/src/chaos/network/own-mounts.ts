import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readlinkSync } from "node:fs";

/**
 * Runs this program again with mounts of its own, which are gone when it ends, however it ends. Returns its exit code; undefined where this
 * process has its own already, or where the machine does not allow it.
 */
export async function againWithOwnMounts(): Promise<number | undefined> {
  if (process.getuid?.() !== 0 || hasOwnMounts() || spawnSync("unshare", ["--mount", "true"]).status !== 0)
    return undefined;
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn("unshare", ["--mount", ...again], { stdio: "inherit" });
  // Both hear of Ctrl-C; this one waits for what the other makes of it.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, "exit");
  return typeof code === "number" ? code : 1;
}

/** Whether whoever started this process has other mounts; true where that cannot be told. */
function hasOwnMounts(): boolean {
  try {
    return readlinkSync("/proc/self/ns/mnt") !== readlinkSync(`/proc/${process.ppid}/ns/mnt`);
  } catch {
    return true;
  }
}
