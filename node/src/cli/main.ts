import { join } from "node:path";
import {
  addBackupCommands,
  addCheckCommand,
  addCompactCommand,
  addSecretOptions,
  compactStore,
  EPILOGUE,
  runProgram,
} from "@tallystick/registry";
import { Command, Option } from "commander";
import { restoreNode } from "../app/backup-node.ts";
import { checkNodeHome } from "../app/check/check-node-home.ts";
import { FEED_PREFIX, JOURNAL_PREFIX } from "../app/node-records.ts";
import { ENGINE } from "../core/engine.ts";
import { backupNode } from "./backup-node.ts";
import { addAccessCommand } from "./commands/access.ts";
import { addCalculateCommand } from "./commands/calculate.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addExplainCommand } from "./commands/explain.ts";
import { addFaultsCommand } from "./commands/faults.ts";
import { addInitCommand } from "./commands/init.ts";
import { addInventoryCommand } from "./commands/inventory.ts";
import { addKeysCommand } from "./commands/keys.ts";
import { addLedgerCommand } from "./commands/ledger.ts";
import { addNodeCommand } from "./commands/node.ts";
import { addPeriodCommand } from "./commands/period.ts";
import { addPersonCommand } from "./commands/person.ts";
import { addPolicyCommand } from "./commands/policy.ts";
import { addProveCommand } from "./commands/prove.ts";
import { addPublishCommand } from "./commands/publish.ts";
import { addRebaselineCommand } from "./commands/rebaseline.ts";
import { addStatusCommand } from "./commands/status.ts";
import { addSubscribeCommand } from "./commands/subscribe.ts";
import { addVerifyCommand } from "./commands/verify.ts";
import { ADVICE, defaultHome } from "./run.ts";

/** The command line of a member. Returns the exit code. */
export function main(args: readonly string[]): Promise<number> {
  const program = addSecretOptions(new Command("tally"), "TALLY")
    .description("Publish footprints, follow suppliers, and prove a Scope 3 total.")
    .version(ENGINE.split(" ")[1] ?? "")
    .addOption(new Option("--home <folder>", "the node's folder").env("TALLY_HOME").default(defaultHome()))
    .option("--json", "print JSON instead of text", false)
    .addHelpText("after", EPILOGUE);
  for (const add of [
    addInitCommand,
    addNodeCommand,
    addStatusCommand,
    addKeysCommand,
    addDoctorCommand,
    addPublishCommand,
    addSubscribeCommand,
    addLedgerCommand,
    addInventoryCommand,
    addExplainCommand,
    addPolicyCommand,
    addPersonCommand,
    addPeriodCommand,
    addRebaselineCommand,
    addProveCommand,
    addAccessCommand,
    addFaultsCommand,
    addVerifyCommand,
    addCalculateCommand,
  ]) {
    add(program);
  }
  addCheckCommand(program, ADVICE, checkNodeHome);
  addCompactCommand(program, ADVICE, (home) => compactStore(join(home, "store"), [FEED_PREFIX, JOURNAL_PREFIX]));
  addBackupCommands(program, ADVICE, { backup: backupNode, restore: restoreNode });
  return runProgram(program, args);
}
