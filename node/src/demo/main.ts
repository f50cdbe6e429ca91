import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { renderInventory } from "../cli/render-inventory.ts";
import type { InventoryDocument } from "../core/inventory/inventory-document.ts";
import { type DemoNetwork, startNetwork } from "./network.ts";
import {
  connectNetwork,
  publishAltered,
  publishCorrection,
  publishHonestly,
  publishWithheld,
  untilInventory,
} from "./scenario.ts";

const USAGE = `usage: npm start [-- --once] [--json] [--folder DIR]

Brings up a network of separate processes on this machine: a registry, a witness, a smelter, a casting maker, a motor maker that
cheats, and a buyer, whose live Scope 3 total is printed. Stays up until Ctrl-C.

  --once         run the whole scenario, print the result, and end
  --json         print one JSON object on stdout and nothing else (with --once)
  --folder DIR   where the network's folders are made anew (default .tallystick; with --once a temporary one)
`;

/** Seconds since this process began. */
const seconds = (): number => Number((performance.now() / 1000).toFixed(3));
/** How long the whole scenario may take. */
const TIMEOUT_MS = 90_000;
/** Pauses that let a person read, where one watches. */
const READING_MS = 4_000;

/** What was measured on the way. */
interface Progress {
  secondsToFirstExchange: number;
  secondsToTotal: number;
}

const verified = (count: number) => (document: InventoryDocument) => document.attestations.verified >= count;
const allFinal = (document: InventoryDocument): boolean => /^0\.0+$/.test(document.provisionalKgCo2e);

/** The scenario up to its end; `tell` hears what happens, `show` each new inventory. */
async function play(
  { nodes }: DemoNetwork,
  tell: (text: string) => Promise<void>,
  show: (document: InventoryDocument) => void,
): Promise<{ progress: Progress; document: InventoryDocument }> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const { api } = nodes.buyer;
  const progress: Progress = { secondsToFirstExchange: 0, secondsToTotal: 0 };
  await connectNetwork(nodes, signal);
  const exchanged = untilInventory(api, verified(1), signal).then(() => {
    progress.secondsToFirstExchange = seconds();
  });
  await publishHonestly(nodes, signal);
  await exchanged;
  show(await untilInventory(api, (document) => verified(5)(document) && allFinal(document), signal));
  progress.secondsToTotal = seconds();
  await tell("The casting maker corrects the figure of its pump housing.");
  await publishCorrection(nodes);
  show(await untilInventory(api, (document) => verified(6)(document) && allFinal(document), signal));
  await tell("The motor maker logs one figure and hands over another, signed with its true key.");
  await publishAltered(nodes);
  show(await untilInventory(api, ({ faults }) => faults.some(({ kind }) => kind === "altered"), signal));
  await tell("The motor maker logs a delivery to the buyer, and does not send it.");
  await publishWithheld(nodes);
  const end = ({ faults }: InventoryDocument): boolean => faults.some(({ kind }) => kind === "withheld");
  const document = await untilInventory(api, (one) => end(one) && allFinal(one), signal);
  show(document);
  return { progress, document };
}

function summary(document: InventoryDocument, progress: Progress, peakRssMiB: Record<string, number>): object {
  const { unsupported, ...methods } = document.byMethod;
  const byMethod = Object.entries(methods).map(([method, { lines }]) => [method, lines]);
  return {
    totalKgCo2e: document.totalKgCo2e,
    byCategory: document.byCategory,
    byMethod: Object.fromEntries([...byMethod, ["unsupported", unsupported.lines]]),
    attestations: {
      verified: document.attestations.verified,
      refused: document.attestations.refused.map(({ member, code }) => ({ member, code })),
    },
    cheats: document.faults.map(({ member, kind, caughtBy }) => ({ member, kind, caughtBy })),
    ...progress,
    peakRssMiB,
  };
}

/** Where the network is made. A folder that is there already is replaced only if an earlier run made it. */
async function openFolder(path: string | undefined, once: boolean): Promise<string> {
  if (path === undefined && once) return mkdtemp(join(tmpdir(), "tallystick-"));
  const folder = resolve(path ?? ".tallystick");
  const mark = join(folder, "demonstration");
  const exists = (await stat(folder).catch(() => undefined)) !== undefined;
  if (exists && (await stat(mark).catch(() => undefined)) === undefined) {
    throw new Error(`${folder} is there and no earlier run made it: name another folder with --folder`);
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(mark, "Made by `npm start`; replaced by the next one.\n");
  return folder;
}

async function runOnce(folder: string, json: boolean, temporary: boolean): Promise<void> {
  const note = async (text: string): Promise<void> => {
    if (!json) process.stderr.write(`${seconds().toFixed(1)} s  ${text}\n`);
  };
  const network = await startNetwork(folder);
  let peaks: Record<string, number> = {};
  let played: Awaited<ReturnType<typeof play>>;
  try {
    played = await play(network, note, () => {});
  } finally {
    peaks = await network.stop();
    if (temporary) await rm(folder, { recursive: true, force: true });
  }
  const result = summary(played.document, played.progress, peaks);
  process.stdout.write(`${json ? JSON.stringify(result) : renderInventory(played.document)}\n`);
}

async function runLive(folder: string): Promise<void> {
  const print = (text: string): boolean => process.stdout.write(`${text}\n`);
  print(`making a network in ${folder} …`);
  const network = await startNetwork(folder);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  try {
    print(`${seconds().toFixed(1)} s  registry, witness, smelter, casting maker, motor maker and buyer are up`);
    const show = (document: InventoryDocument): boolean =>
      print(`\n${seconds().toFixed(1)} s  ${"-".repeat(60)}\n${renderInventory(document)}`);
    await play(
      network,
      async (text) => {
        print(`\n… in ${READING_MS / 1000} s: ${text}`);
        await new Promise((done) => setTimeout(done, READING_MS));
      },
      show,
    );
    print(
      [
        "",
        "The network stays up. In another terminal, change pcfExcludingBiogenicUptake in node/demo/footprints/casting-corrected.json,",
        "and publish it; the buyer bought 2645 of these housings:",
        `  npx tally publish node/demo/footprints/casting-corrected.json --home ${network.folders.members.casting}`,
        "and watch the total here. Ask and prove:",
        `  npx tally explain total --home ${network.folders.members.buyer}`,
        `  npx tally prove --home ${network.folders.members.buyer} --output evidence.tally`,
        `  npx tally verify evidence.tally --network ${network.folders.network}`,
        "Both cheats are kept with their evidence, for anybody who has network.json:",
        `  npx tally faults list --home ${network.folders.members.buyer}`,
        `  npx tally faults export N --home ${network.folders.members.buyer} --output fault.json`,
        `  npx tally verify fault.json --network ${network.folders.network}`,
        "Ctrl-C ends it.",
      ].join("\n"),
    );
    let first = true;
    for await (const document of network.nodes.buyer.api.watch(stop.signal)) {
      if (!first) show(document);
      first = false;
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    await network.stop();
  }
}

async function main(): Promise<number> {
  let values: { once?: boolean; json?: boolean; folder?: string; help?: boolean };
  try {
    ({ values } = parseArgs({
      options: {
        once: { type: "boolean" },
        json: { type: "boolean" },
        folder: { type: "string" },
        help: { type: "boolean" },
      },
    }));
    if (values.json === true && values.once !== true) throw new TypeError("--json goes with --once");
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    return 2;
  }
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const once = values.once === true;
  const folder = await openFolder(values.folder, once);
  if (once) await runOnce(folder, values.json === true, values.folder === undefined);
  else await runLive(folder);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`the demonstration failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
