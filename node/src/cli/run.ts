import { homedir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { makeOutput, type Output } from "./output.ts";

/** Options that every command takes. */
export interface Globals {
  /** The node's folder. */
  readonly home: string;
  readonly json: boolean;
}

export const defaultHome = (): string => join(homedir(), ".tally");

export function globals(command: Command): Globals {
  return command.optsWithGlobals<Globals>();
}

/** Runs a command's action: its errors become a message on stderr and the exit code. */
export async function run(command: Command, action: (output: Output) => Promise<void>): Promise<void> {
  const output = makeOutput(globals(command).json === true);
  try {
    await action(output);
  } catch (error) {
    process.exitCode = output.failure(error);
  }
}
