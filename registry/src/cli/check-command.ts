import type { Command } from "commander";
import type { StoreReport } from "../check/check-store.ts";
import { type Advice, EXIT, makeOutput } from "./output.ts";
import { renderCheck } from "./render-check.ts";

/** Checks a stopped process's store. */
export type CheckAction = (
  home: string,
  options: { readonly repair: boolean; readonly onProgress: (done: number, of: string) => void },
) => Promise<StoreReport>;

const EXIT_CODES = "\nExit codes: 0 the store is sound, 1 it is damaged, 2 it could not be checked.";

/** Adds `fsck`, the same for every program that keeps a store. */
export function addCheckCommand(program: Command, advice: Advice, check: CheckAction): void {
  program
    .command("fsck")
    .description("check the whole store, offline: every checksum, every log against what it signed, every record")
    .option("--repair", "redo what is derived, where nothing else is damaged, and say what was done", false)
    .addHelpText("after", EXIT_CODES)
    .action(async (options: { repair: boolean }, command: Command) => {
      const { home, json } = command.optsWithGlobals<{ home: string; json: boolean }>();
      const output = makeOutput(json, advice);
      try {
        const onProgress = (done: number, of: string): void => output.progress(`${done} ${of}`);
        const report = await check(home, { ...options, onProgress });
        output.result(report, () => renderCheck(report));
        if (!report.sound) process.exitCode = EXIT.failed;
      } catch (error) {
        output.failure(error);
        process.exitCode = EXIT.usage;
      }
    });
}
