import { type Command, CommanderError } from "commander";
import { EXIT } from "./output.ts";

/** The last lines of a program's help. */
export const EPILOGUE = `
Exit codes: 0 done, 1 failed (a typed error on stderr), 2 wrong usage.
With --json the result is one JSON document on stdout, and an error one on stderr.`;

/** Parses the arguments and runs the command they name. Returns the exit code. */
export async function runProgram(program: Command, args: readonly string[]): Promise<number> {
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
