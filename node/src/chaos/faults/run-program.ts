import { spawn } from "node:child_process";
import { programOf } from "../network/chaos-network.ts";
import type { ProcessName } from "../network/members.ts";

/** What a command of the product came to. */
export interface ProgramResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the product's own program, as an operator does, on the folder of a process. */
export function runProgram(name: ProcessName, home: string, args: readonly string[]): Promise<ProgramResult> {
  const program = programOf(name === "registry" || name.startsWith("witness") ? "tally-registry" : "tally");
  const child = spawn(process.execPath, [program, "--home", home, "--json", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (piece: string) => {
      text[stream] += piece;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...text }));
  });
}
