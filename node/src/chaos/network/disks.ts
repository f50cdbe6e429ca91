import { execFile } from "node:child_process";
import { mkdir, statfs } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Size of a disk while it is not full. Memory is taken for what is on it alone. */
const ROOMY = "2g";

/** Where the folders of processes lie, and how their disks fill up. */
export interface Disks {
  /** What a full disk is made with; undefined where this machine has no way. */
  readonly fullBy: "tmpfs" | "rlimit" | undefined;
  /** Makes a disk at the path. */
  make(path: string): Promise<void>;
  /** Leaves so many bytes on the disk of a running process, until what is returned is called. */
  fill(path: string, pid: number, spareBytes: number): Promise<(pid: number | undefined) => Promise<void>>;
  /** Takes every disk away, with all that is on it. */
  remove(): Promise<void>;
}

/** File systems in memory where this process may mount them; otherwise plain folders, with a limit on the size of files for a full disk. */
export async function openDisks(): Promise<Disks> {
  const mounted: string[] = [];
  const mount = async (path: string): Promise<boolean> => {
    if (process.getuid?.() !== 0) return false;
    try {
      await run("mount", ["-t", "tmpfs", "-o", `size=${ROOMY},mode=700`, "tallystick-chaos", path]);
      mounted.push(path);
      return true;
    } catch {
      return false;
    }
  };
  const hasLimits = await run("prlimit", ["--version"]).then(
    () => true,
    () => false,
  );
  let fullBy: Disks["fullBy"] = hasLimits ? "rlimit" : undefined;
  return {
    get fullBy() {
      return fullBy;
    },
    make: async (path) => {
      await mkdir(path, { recursive: true });
      if (await mount(path)) fullBy = "tmpfs";
    },
    fill: async (path, pid, spareBytes) => {
      if (mounted.includes(path)) {
        const { bsize, blocks, bavail } = await statfs(path);
        await remount(path, `${(blocks - bavail) * bsize + spareBytes}`);
        return () => remount(path, ROOMY);
      }
      // No file may be written beyond its beginning: what a full disk refuses, with another number.
      await run("prlimit", ["--pid", `${pid}`, `--fsize=${spareBytes}:unlimited`]);
      return async (now) => {
        if (now === pid) await run("prlimit", ["--pid", `${pid}`, "--fsize=unlimited:unlimited"]);
      };
    },
    remove: async () => {
      for (const path of mounted.splice(0)) await run("umount", ["--lazy", path]);
    },
  };
}

const remount = async (path: string, size: string): Promise<void> => {
  await run("mount", ["-o", `remount,size=${size}`, path]);
};
