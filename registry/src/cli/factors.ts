import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { privateKeyFromSeed } from "@tallystick/proto";
import { type Command, Option } from "commander";
import { z } from "zod";
import { createTransportIdentity } from "../adapters/grpc/transport-identity.ts";
import type { ApprovalResult } from "../app/approve-change.ts";
import { approveFactors, withdrawFactors } from "../app/govern-factors.ts";
import { readJson, writeNew } from "../app/home-files.ts";
import { importFactorSet, importRates, operateServed } from "../app/operate.ts";
import { discardProposal, proposalPath, readProposal } from "../app/proposal-files.ts";
import { proposeFactors, suggestRenameMap } from "../app/propose-factors.ts";
import { signPending } from "../app/sign-pending.ts";
import { WITHDRAWAL_REASONS, type WithdrawalReason } from "../core/change-kinds.ts";
import { parseTrust } from "../core/trust.ts";
import { setName } from "../factors/factor-version.ts";
import { parseRenameMap } from "../factors/rename-map.ts";
import type { StatedReason } from "../factors/state-reasons.ts";
import { FACTOR_FORMATS } from "../importers/formats.ts";
import { loadStarter } from "../starter/load-starter.ts";
import { change, homeOf, type Runner, read, versionName } from "./factor-commands.ts";
import { addFuels } from "./factor-fuels.ts";
import { addFactorLookups } from "./factor-lookups.ts";
import { type SecretOptions, secretsOf } from "./key-secrets.ts";
import type { Output } from "./output.ts";
import { renderApproval, renderProposal } from "./render-factors.ts";

/** The commands about factor sets. */
export function addFactors(program: Command, run: Runner): void {
  const factors = program.command("factors").description("emission factors, exchange rates and price indices");
  addImport(factors, run);
  addRenames(factors, run);
  addApprove(factors, run);
  addSign(factors, run);
  addWithdraw(factors, run);
  addDiscard(factors, run);
  addFuels(factors, run);
  addFactorLookups(factors, run);
}

interface ImportCliOptions {
  readonly starter?: boolean;
  readonly format?: string;
  readonly supersedes?: string;
  readonly changeReason?: StatedReason["reason"];
  readonly changeNote?: string;
  readonly renames?: readonly string[];
}

function addImport(factors: Command, run: Runner): void {
  factors
    .command("import")
    .description("read the files of one publication, and propose them as a version for the maintainers to approve")
    .argument("[files...]", "the publisher's files, as published")
    .option("--starter", "publish the sets that come with the program")
    .addOption(
      new Option("--format <id>", "format of the files (default: as they tell)").choices(
        FACTOR_FORMATS.map(({ id }) => id),
      ),
    )
    .option("--supersedes <version>", "version that this one replaces (default: the newest)")
    .addOption(
      new Option(
        "--change-reason <reason>",
        "why figures differ from that version, where the files do not say it",
      ).choices(["error", "methodology", "new-data"]),
    )
    .option("--change-note <text>", "the same in words")
    .option("--renames <file...>", "which factors are which under new names, as somebody confirmed it")
    .action((files: string[], options: ImportCliOptions, command: Command) => {
      if ((options.starter === true) === files.length > 0) command.error("error: name either files or --starter");
      if (options.changeNote !== undefined && options.changeReason === undefined) {
        command.error("error: --change-note needs --change-reason");
      }
      return run(command, async (output) => {
        if (options.starter === true) {
          const imported = await importStarter(command);
          output.result({ imported }, () => imported.map((name) => `published ${name}`).join("\n"));
        } else await propose(command, files, options, output);
      });
    });
}

async function propose(command: Command, files: string[], options: ImportCliOptions, output: Output): Promise<void> {
  output.progress(`reading ${files.join(", ")} …`);
  const { format, supersedes, changeReason: reason, changeNote: note, renames = [] } = options;
  const maps = await Promise.all(
    renames.map(async (file) => parseRenameMap(basename(file), await readJson(file, z.unknown()))),
  );
  const proposal = await read(command, (registry, home) =>
    proposeFactors(
      registry,
      home.path,
      files.map((file) => ({ name: basename(file), open: () => createReadStream(file) })),
      {
        ...(format === undefined ? {} : { format }),
        ...(supersedes === undefined ? {} : { supersedes }),
        renames: maps,
        ...(reason === undefined ? {} : { stated: { reason, ...(note === undefined ? {} : { note }) } }),
      },
    ),
  );
  const { set, path, report } = proposal;
  output.result({ proposed: setName(set), path, set, ...report }, () => renderProposal(proposal));
}

async function importStarter(command: Command): Promise<string[]> {
  const { factorSets, rates } = await loadStarter();
  return change(command, async (operator) => {
    const names: string[] = [];
    for (const one of factorSets) {
      const { id, version } = one.set;
      if (operator.state.factorSet(id, version) === undefined) await importFactorSet(operator, one);
      names.push(`${id}@${version} (${one.rows.length} rows)`);
    }
    if (operator.state.rateSet(rates.id, rates.version) === undefined) await importRates(operator, rates);
    return [...names, `${rates.id}@${rates.version}`];
  });
}

interface ApproveCliOptions {
  readonly maintainer?: string;
  readonly release?: readonly string[];
  readonly releaseAll?: boolean;
  readonly reason?: string;
}

function addRenames(factors: Command, run: Runner): void {
  factors
    .command("renames")
    .description("suggest which factors of a proposed version are factors of the superseded one under new names")
    .argument("<id@version>", "the proposal", versionName)
    .requiredOption("-o, --output <file>", "file to write; a person confirms each rename in it")
    .action((name: string, { output: file }: { output: string }, command: Command) =>
      run(command, async (output) => {
        const map = await read(command, async (registry, home) =>
          suggestRenameMap(registry, await readProposal(proposalPath(home.path, name))),
        );
        await writeNew(file, `${JSON.stringify(map, null, 2)}\n`);
        output.result({ file, renames: map.renames.length }, () =>
          [
            `wrote ${map.renames.length} suggestions to ${file}`,
            `next: set "confirmed" and "by" where two are one factor, discard ${name}, and import again with --renames ${file}`,
          ].join("\n"),
        );
      }),
    );
}

function addApprove(factors: Command, run: Runner): void {
  factors
    .command("approve")
    .description("sign a proposed version, and publish it once enough maintainers did")
    .argument("<id@version>", "the proposal", versionName)
    .option("--maintainer <kid>", "sign with this key alone (default: all keys in the folder)")
    .option("--release <key...>", "let these held rows pass; the others may pass by later releases, for other reasons")
    .option("--release-all", "let all held rows pass that nobody let pass before")
    .option("--reason <text>", "why they may pass: it stands in the log")
    .action((name: string, options: ApproveCliOptions, command: Command) => {
      const { maintainer, release, releaseAll, reason } = options;
      const keys = releaseAll === true ? "all" : release;
      if (release !== undefined && releaseAll === true) command.error("error: name one of --release and --release-all");
      if ((keys === undefined) !== (reason === undefined)) command.error("error: a release and --reason go together");
      return run(command, async (output) => {
        const result = await change(command, (registry, home) =>
          approveFactors(registry, home, name, {
            ...(maintainer === undefined ? {} : { maintainer }),
            ...(keys === undefined || reason === undefined ? {} : { release: { keys, reason } }),
          }),
        );
        tell(output, result, `published ${name}`, proposalPath(homeOf(command), name));
      });
    });
}

function tell(output: Output, result: ApprovalResult, done: string, folder: string): void {
  output.result(result, () => renderApproval(result, done, folder));
}

export function addSign(factors: Command, run: Runner): void {
  factors
    .command("sign")
    .description("sign what waits in a folder with a maintainer's key that lies elsewhere")
    .argument("<folder>", "a copy of the proposal's or withdrawal's folder")
    .requiredOption("--key <file>", "the maintainer's key file")
    .option("--network <file>", "network.json of the registry, which is asked before anything is signed")
    .action((folder: string, { key, network }: { key: string; network?: string }, command: Command) =>
      run(command, async (output) => {
        const secrets = secretsOf(command.optsWithGlobals<SecretOptions>());
        const signed =
          network === undefined
            ? await signPending(folder, key, "folder-alone", secrets)
            : await operateServed(await asStranger(network), (registry) => signPending(folder, key, registry, secrets));
        output.result(signed, () =>
          [
            `${signed.kid} signed entry ${signed.sequence} of ${signed.log}: ${signed.what}`,
            ...(signed.releases ?? []).map(({ rows, reason }) => `lets ${rows} held rows pass: ${reason}`),
            ...(network === undefined ? ["not checked against the registry: name its --network to have it asked"] : []),
            "send the folder's approvals back to where the registry is",
          ].join("\n"),
        );
      }),
    );
}

/** The access of somebody under a key that nobody knows: enough to read what is public. */
async function asStranger(network: string): Promise<Parameters<typeof operateServed>[0]> {
  const seed = randomBytes(32);
  const transport = await createTransportIdentity(privateKeyFromSeed(seed), seed, "maintainer");
  return { trust: parseTrust(await readJson(network, z.unknown())), transport, maintainers: [] };
}

interface WithdrawCliOptions {
  readonly maintainer?: string;
  readonly reason?: WithdrawalReason;
  readonly note?: string;
}

function addWithdraw(factors: Command, run: Runner): void {
  factors
    .command("withdraw")
    .description("mark a published version as not to be used any more; it stays readable")
    .argument("<id@version>", "the version", versionName)
    .addOption(new Option("--reason <reason>", "why").choices(WITHDRAWAL_REASONS))
    .option("--note <text>", "the same in words")
    .option("--maintainer <kid>", "sign with this key alone (default: all keys in the folder)")
    .action((name: string, { maintainer, reason, note }: WithdrawCliOptions, command: Command) => {
      if ((reason === undefined) !== (note === undefined)) command.error("error: --reason and --note go together");
      return run(command, async (output) => {
        const result = await change(command, (registry, home) =>
          withdrawFactors(registry, home, name, {
            ...(maintainer === undefined ? {} : { maintainer }),
            ...(reason === undefined || note === undefined ? {} : { statement: { reason, note } }),
          }),
        );
        tell(output, result, `withdrew ${name}`, `${homeOf(command)}/withdrawals/${name}`);
      });
    });
}

function addDiscard(factors: Command, run: Runner): void {
  factors
    .command("discard")
    .description("delete a proposal that nobody will approve, with the approvals it has")
    .argument("<id@version>", "the proposal", versionName)
    .action((name: string, _options: unknown, command: Command) =>
      run(command, async (output) => {
        await discardProposal(proposalPath(homeOf(command), name));
        output.result({ discarded: name }, () => `discarded the proposal of ${name}`);
      }),
    );
}
