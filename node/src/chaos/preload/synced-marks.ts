import { readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

// Loaded into a process before its own code: keeps in the file that `?marks=` names how many bytes of each write-ahead log of its store
// were there when a write was last forced to the disk. Those a power failure leaves; of what comes after them it may take anything. A mark
// is written before the process hears that its write is durable, so nothing that was relied on lies beyond one.

/** The native part of classic-level, as far as it is wrapped here. */
interface Binding {
  db_open(context: object, location: string, options: object): Promise<void>;
  db_put(...args: unknown[]): Promise<void>;
  db_del(...args: unknown[]): Promise<void>;
  batch_do(...args: unknown[]): Promise<void>;
  batch_write(...args: unknown[]): Promise<void>;
}

const marks = new URL(import.meta.url).searchParams.get("marks") ?? "";
const require = createRequire(import.meta.url);
const binding = createRequire(require.resolve("classic-level"))("./binding.js") as Binding;
let folder = "";

function mark(): void {
  const logs = readdirSync(folder).filter((name) => name.endsWith(".log"));
  // Of every log as it is now: one that was rotated meanwhile may be what was forced to the disk.
  const sizes = logs.map((name) => [name, statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0]);
  writeFileSync(`${marks}.new`, JSON.stringify(Object.fromEntries(sizes)));
  renameSync(`${marks}.new`, marks);
}

const open = binding.db_open;
binding.db_open = (context, location, options) => {
  folder = location;
  return open(context, location, options);
};
for (const name of ["db_put", "db_del", "batch_do", "batch_write"] as const) {
  const write = binding[name];
  binding[name] = async (...args) => {
    await write(...args);
    const options = args.at(-1) as { sync?: boolean } | undefined;
    if (options?.sync === true) mark();
  };
}
