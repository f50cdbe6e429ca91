import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { againWithOwnMounts } from "./network/own-mounts.ts";
import { renderReport } from "./report.ts";
import { runChaos } from "./run-chaos.ts";
import { planSchedule } from "./schedule/plan-schedule.ts";

const USAGE = `usage: npm run chaos -- [--seed N] [--minutes M] [--json] [--folder DIR] [--plan]

Runs a network of separate processes on this machine (a registry, four witnesses, three suppliers in tiers, two buyers), each connection
through a proxy, and for M minutes does to it what happens to computers: processes are killed and stopped, disks fill up, writes are torn,
clocks are off, networks part, slow down, reorder and repeat, stores are damaged. Checks all the time, and after each minute when everything
has healed, that nothing acknowledged is lost, no log forks, totals equal the model's, nothing unverified counts, and nobody honest is accused.

  --seed N       which faults, when, to whom (default: drawn)
  --minutes M    minutes of faults (default 1); healing and checks come on top
  --json         print one JSON object on stdout and nothing else; without it, progress goes to stderr
  --folder DIR   where the network's folders are made; must be empty (default: a temporary one, removed unless something was violated)
  --plan         print the schedule as JSON and end

Exit codes: 0 no violation, 1 a violation or a failure, 2 wrong usage.
`;

interface Arguments {
  readonly seed: number;
  readonly minutes: number;
  readonly json: boolean;
  readonly folder: string | undefined;
  readonly plan: boolean;
  readonly help: boolean;
}

function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: "string" },
      minutes: { type: "string" },
      json: { type: "boolean" },
      folder: { type: "string" },
      plan: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0 || seed >= 2 ** 31)
    throw new TypeError("--seed is a whole number from 0 to 2147483647");
  const minutes = Number(values.minutes ?? "1");
  if (!(minutes > 0 && minutes <= 24 * 60)) throw new TypeError("--minutes is a number above 0, at most 1440");
  const { json = false, folder, plan = false, help = false } = values;
  return { seed, minutes, json, folder, plan, help };
}

async function openFolder(path: string | undefined): Promise<string> {
  if (path === undefined) return mkdtemp(join(tmpdir(), "tally-chaos-"));
  const folder = resolve(path);
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) throw new Error(`${folder} is not empty: name another folder with --folder`);
  return folder;
}

async function main(args: readonly string[]): Promise<number> {
  let read: Arguments;
  try {
    read = readArguments(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    return 2;
  }
  const { seed, minutes, json, plan } = read;
  if (read.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (plan) {
    process.stdout.write(`${JSON.stringify(planSchedule(seed, minutes), null, 2)}\n`);
    return 0;
  }
  const elsewhere = await againWithOwnMounts();
  if (elsewhere !== undefined) return elsewhere;
  const folder = await openFolder(read.folder);
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  const tell = (text: string): void => {
    if (!json) process.stderr.write(`${text}\n`);
  };
  tell(`seed ${seed}, in ${folder}`);
  await writeFile(join(folder, "schedule.json"), JSON.stringify(planSchedule(seed, minutes), null, 2));
  const report = await runChaos({ seed, minutes, folder, tell, signal: interrupted.signal });
  process.stdout.write(`${json ? JSON.stringify(report) : renderReport(report)}\n`);
  if (report.violations === 0) await rm(folder, { recursive: true, force: true });
  if (interrupted.signal.aborted) tell("interrupted: what was checked so far");
  return report.violations > 0 || interrupted.signal.aborted ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`the chaos run failed: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}
