import type { Command } from "commander";
import type { CompactReport } from "../app/compact-store.ts";
import { type Advice, makeOutput } from "./output.ts";

const mebibytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;

/** Adds `compact`, the same for every program that keeps a store. */
export function addCompactCommand(
  program: Command,
  advice: Advice,
  compact: (home: string) => Promise<CompactReport>,
): void {
  program
    .command("compact")
    .description(
      "give back what a stopped store takes for nothing: checkpoints that later ones replaced, overwritten records",
    )
    .action(async (_options: object, command: Command) => {
      const { home, json } = command.optsWithGlobals<{ home: string; json: boolean }>();
      const output = makeOutput(json, advice);
      try {
        const report = await compact(home);
        const { dropped, bytesBefore, bytesAfter } = report;
        output.result(
          report,
          () => `${mebibytes(bytesBefore)} before, ${mebibytes(bytesAfter)} now; ${dropped} checkpoints dropped`,
        );
      } catch (error) {
        process.exitCode = output.failure(error);
      }
    });
}
