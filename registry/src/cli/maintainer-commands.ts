import { randomBytes } from "node:crypto";
import { type Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import { signersOf } from "../app/approve-change.ts";
import {
  approveMaintainers,
  discardMaintainers,
  type MaintainersResult,
  maintainersFolder,
  makeMaintainerKey,
  makeMaintainerKeyFile,
  proposeMaintainers,
  signMaintainers,
} from "../app/change-maintainers.ts";
import { readJson } from "../app/home-files.ts";
import { change, homeOf, type Runner, read } from "./factor-commands.ts";
import { newSecret, type SecretOptions, sealerOf, secretsOf } from "./key-secrets.ts";
import type { Output } from "./output.ts";

const maintainerFile = z.strictObject({ kid: z.string().min(1).max(320), key: z.string() });

function count(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError("not a number of maintainers");
  return Number(text);
}

/** `tally-registry maintainers`: who approves changes, and how that changes. */
export function addMaintainers(program: Command, run: Runner): void {
  const maintainers = program.command("maintainers").description("who approves changes, and how that changes");
  addShow(maintainers, run);
  addKey(maintainers, run);
  addPropose(maintainers, run);
  addApprove(maintainers, run);
  addSign(maintainers, run);
  maintainers
    .command("discard")
    .description("delete a proposal that nobody will approve, with the approvals it has")
    .action((_options: unknown, command: Command) =>
      run(command, async (output) => {
        await discardMaintainers(homeOf(command));
        output.result({ discarded: true }, () => "discarded the proposed change of maintainers");
      }),
    );
}

function addShow(maintainers: Command, run: Runner): void {
  maintainers
    .command("show")
    .description("show who the maintainers are, how many must approve, and whose keys lie in the folder")
    .action((_options: unknown, command: Command) =>
      run(command, async (output) => {
        const shown = await read(command, async ({ state }, home) => {
          const { keys, threshold, entry } = state.members.maintainers;
          const here = new Set(home.maintainers.map(({ kid }) => kid));
          return { threshold, entry, maintainers: [...keys.keys()].map((kid) => ({ kid, keyHere: here.has(kid) })) };
        });
        output.result(shown, () =>
          [
            `${shown.threshold} of ${shown.maintainers.length} approve a change, by entry ${shown.entry} of the members log`,
            ...shown.maintainers.map(({ kid, keyHere }) => `${kid}${keyHere ? ": key in this folder" : ""}`),
          ].join("\n"),
        );
      }),
    );
}

function addKey(maintainers: Command, run: Runner): void {
  maintainers
    .command("key")
    .description("make a key for somebody who shall be a maintainer; its public part is what to propose")
    .argument("<kid>", "id of the new maintainer, such as maintainer-4")
    .option("-o, --output <file>", "write the key there, on whatever machine (default: into the registry's folder)")
    .option("--encrypt", "seal the key: with --passphrase-file, --key-file, or a passphrase asked for", false)
    .action((kid: string, { encrypt, output: file }: { encrypt: boolean; output?: string }, command: Command) =>
      run(command, async (output) => {
        const sealer = encrypt ? await sealerOf(await newSecret(command.optsWithGlobals<SecretOptions>())) : undefined;
        const made = await (file === undefined
          ? makeMaintainerKey(homeOf(command), kid, randomBytes(32), sealer)
          : makeMaintainerKeyFile(file, kid, randomBytes(32), sealer));
        output.result(made, () => JSON.stringify(made));
      }),
    );
}

interface ProposeOptions {
  readonly add: readonly string[];
  readonly remove: readonly string[];
  readonly threshold?: number;
  readonly reason: string;
}

function addPropose(maintainers: Command, run: Runner): void {
  maintainers
    .command("propose")
    .description("propose other maintainers or another threshold, and sign with the keys in the folder")
    .option("--add <file...>", "public part of each new maintainer's key: {kid, key}", [])
    .option("--remove <kid...>", "maintainers who leave, as whose key is lost or stolen", [])
    .option("--threshold <m>", "how many must approve from then on (default: as many as now)", count)
    .requiredOption("--reason <text>", "why, for all to read")
    .action(({ add, remove, threshold, reason }: ProposeOptions, command: Command) =>
      run(command, async (output) => {
        const added = await Promise.all(add.map((file) => readJson(file, maintainerFile)));
        const result = await change(command, (registry, home) =>
          proposeMaintainers(registry, home, {
            add: added,
            remove,
            reason,
            ...(threshold === undefined ? {} : { threshold }),
          }),
        );
        tell(output, result, homeOf(command));
      }),
    );
}

function addApprove(maintainers: Command, run: Runner): void {
  maintainers
    .command("approve")
    .description("sign what was proposed, and publish it once enough did and every new maintainer too")
    .option("--maintainer <kid>", "sign with this key alone (default: all keys in the folder)")
    .action(({ maintainer }: { maintainer?: string }, command: Command) =>
      run(command, async (output) => {
        const result = await change(command, (registry, home) =>
          approveMaintainers(registry, home, signersOf(home, maintainer)),
        );
        tell(output, result, homeOf(command));
      }),
    );
}

function addSign(maintainers: Command, run: Runner): void {
  maintainers
    .command("sign")
    .description("sign what waits in a folder with a key that lies elsewhere, a present or a new maintainer's")
    .argument("<folder>", "a copy of the folder that waits")
    .requiredOption("--key <file>", "the maintainer's key file")
    .action((folder: string, { key }: { key: string }, command: Command) =>
      run(command, async (output) => {
        const signed = await signMaintainers(folder, key, secretsOf(command.optsWithGlobals<SecretOptions>()));
        output.result(signed, () =>
          [
            `${signed.kid} signed entry ${signed.sequence} of the members log: ${signed.threshold} of ${signed.maintainers.join(", ")} shall approve`,
            "send the folder's approvals back to where the registry is",
          ].join("\n"),
        );
      }),
    );
}

function tell(output: Output, result: MaintainersResult, home: string): void {
  output.result(result, () => {
    const { index, maintainers, threshold, approvedBy, required, awaiting, voided } = result;
    const who = `${threshold} of ${maintainers.length}: ${maintainers.join(", ")}`;
    if (index !== undefined) return `${who} approve changes from entry ${index} of the members log on`;
    return [
      `waits for approval: ${who}`,
      `signed by ${approvedBy.length === 0 ? "nobody" : approvedBy.join(", ")}; ${required} of the present maintainers must sign`,
      ...(awaiting.length === 0 ? [] : [`new maintainers who must sign too: ${awaiting.join(", ")}`]),
      ...(voided.length === 0 ? [] : [`must sign again, as the log went on: ${voided.join(", ")}`]),
      `copy ${maintainersFolder(home)} to whose key lies elsewhere, for \`tally-registry maintainers sign\``,
    ].join("\n");
  });
}
