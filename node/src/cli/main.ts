import { Command, CommanderError, Option } from "commander";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addExplainCommand } from "./commands/explain.ts";
import { addInitCommand } from "./commands/init.ts";
import { addInventoryCommand } from "./commands/inventory.ts";
import { addLedgerCommand } from "./commands/ledger.ts";
import { addNodeCommand } from "./commands/node.ts";
import { addProveCommand } from "./commands/prove.ts";
import { addPublishCommand } from "./commands/publish.ts";
import { addStatusCommand } from "./commands/status.ts";
import { addSubscribeCommand } from "./commands/subscribe.ts";
import { addVerifyCommand } from "./commands/verify.ts";
import { EXIT } from "./output.ts";
import { defaultHome } from "./run.ts";

const EPILOGUE = `
Exit codes: 0 done, 1 failed (a typed error on stderr), 2 wrong usage.
With --json the result is one JSON document on stdout, and an error one on stderr.`;

/** The command line of a member. Returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const program = new Command("tally")
    .description("Publish footprints, follow suppliers, and prove a Scope 3 total.")
    .version("0.1.0")
    .addOption(new Option("--home <folder>", "the node's folder").env("TALLY_HOME").default(defaultHome()))
    .option("--json", "print JSON instead of text", false)
    .addHelpText("after", EPILOGUE)
    .exitOverride();
  for (const add of [
    addInitCommand,
    addNodeCommand,
    addStatusCommand,
    addDoctorCommand,
    addPublishCommand,
    addSubscribeCommand,
    addLedgerCommand,
    addInventoryCommand,
    addExplainCommand,
    addProveCommand,
    addVerifyCommand,
  ]) {
    add(program);
  }
  for (const command of allCommands(program)) command.exitOverride();
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    throw error;
  }
  return process.exitCode === undefined ? EXIT.ok : Number(process.exitCode);
}

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}
