import { EXIT } from "@tallystick/registry";
import type { Command } from "commander";
import { examine, type Finding } from "../examine.ts";

import { globals, run } from "../run.ts";

const MARKS = { ok: "ok  ", warning: "warn", problem: "FAIL" } as const;

export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("say what is wrong with this installation, and how to mend it")
    .action((_options: unknown, command: Command) =>
      run(command, async (output) => {
        const findings = await examine(globals(command));
        output.result({ healthy: !findings.some(isProblem), findings }, () => findings.map(render).join("\n"));
        if (findings.some(isProblem)) process.exitCode = EXIT.failed;
      }),
    );
}

const isProblem = ({ level }: Finding): boolean => level === "problem";

function render({ level, what, mend }: Finding): string {
  return `${MARKS[level]}  ${what}${mend === undefined ? "" : `\n      ${mend}`}`;
}
