import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { PRODUCT_FOOTPRINT_CONTRACT, parseRateSet } from "@tallystick/contracts";
import { Command, InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { backupRegistry, restoreRegistry } from "../app/backup-registry.ts";
import { checkHome } from "../app/check-home.ts";
import { compactStore } from "../app/compact-store.ts";
import { readJson } from "../app/home-files.ts";
import {
  addContract,
  admitMember,
  importRates,
  operateRegistry,
  publishKeyEvent,
  type RegistryOperator,
} from "../app/operate.ts";
import { initRegistry, openRegistryHome } from "../app/registry-home.ts";
import { readRegistryStatus } from "../app/registry-status.ts";
import { runRegistry } from "../app/run-registry.ts";
import { runWitness } from "../app/run-witness.ts";
import { initWitness, witnessDescriptionSchema } from "../app/witness-home.ts";
import { parseTrust } from "../core/trust.ts";
import { setName } from "../factors/factor-version.ts";
import type { KeySecrets, Sealer } from "../keys/sealing.ts";
import { SERVED_LOGS } from "../server/registry-server.ts";
import { addBackupCommands } from "./backup-commands.ts";
import { addCheckCommand } from "./check-command.ts";
import { addCompactCommand } from "./compact-command.ts";
import { addFactors } from "./factors.ts";
import { addKeys } from "./key-commands.ts";
import { addSecretOptions, newSecret, type SecretOptions, sealerOf, secretsOf } from "./key-secrets.ts";
import { addMaintainers } from "./maintainer-commands.ts";
import { addMembers } from "./members.ts";
import { type Advice, makeOutput, type Output } from "./output.ts";
import { renderStatus } from "./render-status.ts";
import { EPILOGUE, runProgram } from "./run-program.ts";

const ADVICE: Advice = {
  REGISTRY_HOME_INVALID: "Run `tally-registry init` or `witness init` first, or name the right file or folder.",
  KEY_LOCKED: "Name what opens the keys: --passphrase-file, or --key-file; or run this at a terminal.",
  KEY_SECRET_WRONG: "Nothing was changed. Only what sealed a key opens it.",
  KEY_FILE_EXPOSED:
    "Take the others' rights away: chmod 600. If somebody may have read it, it protects nothing any more.",
  KEY_WITH_AGENT: "Its key file lies in the agent's folder, and opens there.",
  SIGNER_UNAVAILABLE: "Nothing was changed. Start the agent, `tally-registry keys agent`, then do the same again.",
  REGISTRY_HOME_EXISTS: "Nothing was changed. Name another folder with --home.",
  STORE_LOCKED: "Another process has this folder open: it is being served already.",
  BACKUP_INVALID: "Nothing was changed. Take another backup.",
  RESTORE_TARGET_EXISTS: "Nothing was changed. Name a folder that is not there yet with --home.",
  EXPORT_EXISTS: "Nothing was written. Name another file.",
  STORE_CORRUPT: "Stop the process and run `tally-registry fsck`: it says what is damaged and what mends it.",
  STORE_MISSING: "Restore the newest copy of this folder. Never begin anew under the same keys.",
  PEER_UNAVAILABLE: "Another process has this folder open, and no registry answers at the address of network.json.",
  LOG_LOCKED: "This registry has published before, and no witness answers: start the witnesses, then try again.",
  LOG_BEHIND: "This disk is older than what witnesses have seen. Restore the newest copy; never run two.",
  LOG_FORKED: "Another registry has signed under these keys. Stop this one, and find out which history members hold.",
  JOIN_REQUEST_INVALID: "Ask the applicant for the join-request.json that `tally init` wrote.",
  TRUST_INVALID: "Check the name, the addresses and the witnesses that were given.",
  CHANGE_INVALID: "Nothing was changed.",
  FACTORS_HELD:
    "Look at each row, then release it: --release KEY... or --release-all, with --reason. Or discard the proposal.",
  FACTORS_RESTRICTED: "The licence forbids it. Its rows are served to members alone.",
  FACTOR_FORMAT_UNKNOWN:
    "Nothing was changed. Import the files of one publication, as published, or name their --format.",
  FACTOR_VERSION_UNKNOWN: "`tally-registry factors list` shows what is published.",
  PROPOSAL_EXISTS: "Nothing was changed. `tally-registry factors discard` deletes the other proposal.",
  PROPOSAL_INVALID: "Nothing was published. Import the files again, or have the maintainer sign again.",
  QUORUM_NOT_MET: "Nothing was changed: fewer maintainers' keys lie in this folder than must approve.",
};

const REGISTRY_LOG_PREFIXES = SERVED_LOGS.map((log) => `log/${log}`);

const isJson = (command: Command): boolean => command.optsWithGlobals<{ json: boolean }>().json;
const homeOf = (command: Command): string => command.optsWithGlobals<{ home: string }>().home;

async function run(command: Command, action: (output: Output) => Promise<void>): Promise<void> {
  const output = makeOutput(isJson(command), ADVICE);
  try {
    await action(output);
  } catch (error) {
    process.exitCode = output.failure(error);
  }
}

const secretsFor = (command: Command): KeySecrets => secretsOf(command.optsWithGlobals<SecretOptions>());

/** Seals the keys that a command makes, where it was asked to. */
async function sealing(command: Command): Promise<{ sealer?: Sealer }> {
  const options = command.optsWithGlobals<SecretOptions & { encrypt?: true }>();
  return options.encrypt === undefined ? {} : { sealer: await sealerOf(await newSecret(options)) };
}

async function operate<T>(command: Command, use: (operator: RegistryOperator) => Promise<T>): Promise<T> {
  return operateRegistry(await openRegistryHome(homeOf(command), secretsFor(command)), use);
}

function whole(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError("not a whole number");
  return Number(text);
}

const ENCRYPT = "seal the keys: with --passphrase-file, --key-file, or a passphrase asked for";

interface InitOptions {
  readonly name: string;
  readonly witness: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly httpPort: number;
  readonly maintainers: number;
  readonly threshold: number;
}

function addInit(program: Command): void {
  program
    .command("init")
    .description("make a registry: maintainers' keys, the genesis they all sign, and network.json, which pins it")
    .requiredOption("--name <name>", "name of the consortium")
    .option("--witness <file...>", "witness.json of each witness", [])
    .option("--host <host>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "gRPC port", whole, 7400)
    .option("--http-port <port>", "HTTP port", whole, 7401)
    .option("--maintainers <n>", "how many maintainers", whole, 3)
    .option("--threshold <m>", "how many of them must approve a change", whole, 2)
    .option("--encrypt", ENCRYPT)
    .action((options: InitOptions, command: Command) =>
      run(command, async (output) => {
        const path = homeOf(command);
        const witnesses = await Promise.all(options.witness.map((file) => readJson(file, witnessDescriptionSchema)));
        const { name, host, port: grpcPort, httpPort, maintainers, threshold } = options;
        const trust = await initRegistry({
          path,
          name,
          host,
          grpcPort,
          httpPort,
          maintainers,
          threshold,
          witnesses,
          randomBytes,
          ...(await sealing(command)),
        });
        const network = join(path, "network.json");
        output.result({ home: path, network, genesis: trust.genesis }, () =>
          [
            `made ${path}: ${threshold} of ${maintainers} maintainers approve a change; ${witnesses.length} witness${witnesses.length === 1 ? "" : "es"}`,
            ...(witnesses.length < 4 ? ["fewer than four witnesses: every result will say weak-witnessing"] : []),
            `hand ${network} to every member by a road you trust: it pins entry 0, ${trust.genesis}`,
          ].join("\n"),
        );
      }),
    );
}

function addWitness(program: Command): void {
  const witness = program.command("witness").description("a witness: cosigns logs that only grow");
  witness
    .command("init")
    .description("make a witness's folder, and witness.json for the operator")
    .requiredOption("--name <name>", "name under which it cosigns, such as witness.example")
    .option("--host <host>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "HTTP port", whole, 7402)
    .option("--encrypt", ENCRYPT)
    .action((options: { name: string; host: string; port: number }, command: Command) =>
      run(command, async (output) => {
        const path = homeOf(command);
        const description = await initWitness({ path, ...options, randomBytes, ...(await sealing(command)) });
        output.result(
          description,
          () => `made ${path}; hand ${join(path, "witness.json")} to the operator\n${description.vkey}`,
        );
      }),
    );
  witness
    .command("serve")
    .description("answer add-checkpoint requests until told to stop")
    .requiredOption("--network <file>", "network.json of the registry")
    .action((options: { network: string }, command: Command) =>
      run(command, async () =>
        runWitness(homeOf(command), parseTrust(await readJson(options.network, z.unknown())), secretsFor(command)),
      ),
    );
}

function addMembership(program: Command): void {
  program
    .command("admit")
    .description("admit the member that wrote this join request")
    .argument("<file>", "join-request.json")
    .action((file: string, _options: unknown, command: Command) =>
      run(command, async (output) => {
        const request = await readJson(file, z.unknown());
        const { event, index } = await operate(command, (operator) => admitMember(operator, request));
        output.result(
          { member: event.member, index },
          () => `${event.name} (${event.member}) is member by entry ${index}`,
        );
      }),
    );
  program
    .command("publish-keys")
    .description("publish a member's next key event: a rotation, or keys that replace stolen or lost ones")
    .argument("<file>", "key-event-request.json, which `tally keys` wrote")
    .action((file: string, _options: unknown, command: Command) =>
      run(command, async (output) => {
        const request = await readJson(file, z.unknown());
        const { event, index } = await operate(command, (operator) => publishKeyEvent(operator, request));
        output.result(
          { member: event.member, sequence: event.sequence, index },
          () => `key event ${event.sequence} of ${event.member} is entry ${index}`,
        );
      }),
    );
  const contracts = program.command("contracts").description("what published data must conform to");
  contracts
    .command("add")
    .description("publish a contract version")
    .argument("[file]", "contract document (default: the built-in product footprint contract)")
    .action((file: string | undefined, _options: unknown, command: Command) =>
      run(command, async (output) => {
        const document = file === undefined ? PRODUCT_FOOTPRINT_CONTRACT : await readJson(file, z.unknown());
        const result = await operate(command, (operator) => addContract(operator, document));
        output.result(result, () => `${result.urn} is entry ${result.index}`);
      }),
    );
}

function addRates(program: Command): void {
  const rates = program.command("rates").description("exchange rates and price indices");
  rates
    .command("add")
    .description("publish a version of a rate set; what is published last is what prices are compared by")
    .argument("<file>", "rate set")
    .action((file: string, _options: unknown, command: Command) =>
      run(command, async (output) => {
        const set = parseRateSet(await readJson(file, z.unknown()));
        const index = await operate(command, (operator) => importRates(operator, set));
        output.result({ rates: setName(set), index }, () => `${setName(set)} is entry ${index}`);
      }),
    );
}

function addStatus(program: Command): void {
  program
    .command("status")
    .description("show the size and state of each log, and what they hold")
    .action((_options: unknown, command: Command) =>
      run(command, async (output) => {
        const status = await readRegistryStatus(await openRegistryHome(homeOf(command), secretsFor(command)));
        output.result(status, () => renderStatus(status));
      }),
    );
}

/** The command line of the operator and of a witness. Returns the exit code. */
export function main(args: readonly string[]): Promise<number> {
  const program = addSecretOptions(new Command("tally-registry"), "TALLY_REGISTRY")
    .description("Run a registry: members, contracts and factors as logs nobody can rewrite.")
    .version("0.1.0")
    .addOption(
      new Option("--home <folder>", "the registry's or witness's folder")
        .env("TALLY_REGISTRY_HOME")
        .default("registry"),
    )
    .option("--json", "print JSON instead of text", false)
    .addHelpText("after", EPILOGUE);
  addInit(program);
  program
    .command("serve")
    .description("serve the registry until told to stop")
    .action((_options: unknown, command: Command) =>
      run(command, () => runRegistry(homeOf(command), secretsFor(command))),
    );
  addWitness(program);
  addMembership(program);
  addMembers(program, run);
  addFactors(program, run);
  addMaintainers(program, run);
  addKeys(program, run);
  addRates(program);
  addStatus(program);
  addCheckCommand(program, ADVICE, (home, options) => checkHome({ home, ...options }));
  addBackupCommands(program, ADVICE, {
    backup: (home, withKeys) => backupRegistry(home, withKeys, secretsOf(program.opts<SecretOptions>())),
    restore: restoreRegistry,
  });
  addCompactCommand(program, ADVICE, (home) => compactStore(join(home, "store"), REGISTRY_LOG_PREFIXES));
  return runProgram(program, args);
}
