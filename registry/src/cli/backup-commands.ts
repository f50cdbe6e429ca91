import { createReadStream, existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { type ReadBackup, readBackup } from "../backup/read-backup.ts";
import { registryError } from "../errors.ts";
import { type Advice, makeOutput, type Output } from "./output.ts";
import { writeWhole } from "./write-whole.ts";

export interface BackupActions {
  /** The archive of a running or stopped process. */
  readonly backup: (home: string, withKeys: boolean) => AsyncIterable<Uint8Array>;
  readonly restore: (options: {
    readonly source: AsyncIterable<Uint8Array>;
    readonly home: string;
    readonly keysFrom?: string;
    readonly newest: boolean;
    readonly onProgress: (records: number) => void;
  }) => Promise<ReadBackup>;
}

/** Progress is said every so many bytes and records. */
const PROGRESS_BYTES = 64 * 1024 * 1024;

const SEALED_KEYS = "It holds the keys, sealed: whoever gets it and the passphrase or key file can sign as you.";
const NO_KEYS = "It holds no key, unless --with-keys: keep the folder's keys apart, where only you can read them.";
const CONFIDENTIAL = "It holds confidential figures and the route keys of agreements: keep it as you keep the folder.";

/** Adds `backup` and `restore`, the same for every program that has something to back up. */
export function addBackupCommands(program: Command, advice: Advice, actions: BackupActions): void {
  program
    .command("backup")
    .description("write the whole store and the folder's public files to one file, while the process runs or not")
    .argument("<file>", "where to write it, or - for standard output")
    .option("--with-keys", "the keys go with it, if every one of them is sealed", false)
    .addHelpText("after", `\n${NO_KEYS}\n${CONFIDENTIAL}`)
    .action((file: string, { withKeys }: { withKeys: boolean }, command: Command) =>
      act(command, advice, async (output, home) => {
        const chunks = withProgress(actions.backup(home, withKeys), output);
        if (file === "-") {
          await pipeline(Readable.from(chunks), process.stdout);
          return;
        }
        const made = await writeVerified(file, chunks);
        output.result({ file, ...made }, () =>
          [`wrote ${file} (${made.sizeBytes} bytes)`, ...render(made), withKeys ? SEALED_KEYS : NO_KEYS].join("\n"),
        );
      }),
    );
  program
    .command("restore")
    .description("make the folder named by --home from a backup; nothing is overwritten")
    .argument("<file>", "the backup, or - for standard input")
    .option("--keys <folder>", "folder whose keys/ and tls/ go with it: a backup holds no keys")
    .option("--newest", "nothing was signed since the backup was made: for networks without witnesses", false)
    .option("--verify", "only read the backup to its end and say what it holds", false)
    .action((file: string, options: { keys?: string; newest: boolean; verify: boolean }, command: Command) =>
      act(command, advice, async (output, home) => {
        const source: AsyncIterable<Uint8Array> = file === "-" ? process.stdin : readBackupFile(file);
        if (options.verify) {
          const read = await readBackup(source, {});
          output.result({ file, ...read }, () => ["the backup is whole", ...render(read)].join("\n"));
          return;
        }
        const onProgress = (records: number): void => output.progress(`${records} records`);
        const { keys: keysFrom, newest } = options;
        const read = await actions.restore({
          source,
          home,
          onProgress,
          newest,
          ...(keysFrom === undefined ? {} : { keysFrom }),
        });
        const hasKeys = keysFrom !== undefined || read.manifest.files.some((path) => /^keys\/.*\.json$/.test(path));
        output.result({ home, ...read }, () =>
          [
            `restored ${home}`,
            ...render(read),
            ...(hasKeys ? [] : [`Put the keys there: ${home}/keys.`]),
            "It signs nothing until a quorum of its witnesses said how long its logs were. Never run two copies of one folder.",
          ].join("\n"),
        );
      }),
    );
}

async function act(
  command: Command,
  advice: Advice,
  action: (output: Output, home: string) => Promise<void>,
): Promise<void> {
  const { home, json } = command.optsWithGlobals<{ home: string; json: boolean }>();
  const output = makeOutput(json, advice);
  try {
    await action(output, home);
  } catch (error) {
    process.exitCode = output.failure(error);
  }
}

/** Opened when it is read, so that a file that is not there is said where it is wanted. @throws BACKUP_INVALID */
async function* readBackupFile(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file);
  } catch (cause) {
    const { code = "unknown" } = cause as { code?: string };
    throw registryError("BACKUP_INVALID", { reason: `${file} cannot be read (${code})` }, { cause });
  }
}

/** Reads what was written back from the disk before it gets its name. @throws EXPORT_EXISTS */
async function writeVerified(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<ReadBackup & { readonly sizeBytes: number }> {
  if (existsSync(file)) throw registryError("EXPORT_EXISTS", { path: file });
  const unverified = `${file}.unverified`;
  try {
    const sizeBytes = await writeWhole(unverified, chunks, 0o600);
    const read = await readBackup(createReadStream(unverified), {});
    await rename(unverified, file);
    return { sizeBytes, ...read };
  } finally {
    await rm(unverified, { force: true });
  }
}

async function* withProgress(chunks: AsyncIterable<Uint8Array>, output: Output): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let said = 0;
  for await (const chunk of chunks) {
    yield chunk;
    bytes += chunk.length;
    if (bytes - said < PROGRESS_BYTES) continue;
    said = bytes;
    output.progress(`${Math.round(bytes / 1_048_576)} MiB`);
  }
}

function render({ header, manifest }: ReadBackup): string[] {
  return [
    `  of the ${header.kind} ${header.of}, made ${header.madeAt}: ${manifest.records} records`,
    ...manifest.logs.map(({ origin, size, root }) => `  ${origin}: ${size} entries, root ${root}`),
    `  SHA-256 of what it holds: ${manifest.sha256}`,
  ];
}
