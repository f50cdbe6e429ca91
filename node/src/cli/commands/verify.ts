import type { Command } from "commander";
import { type VerificationReport, verifyBundle } from "../../core/evidence/verify.ts";
import { readInput } from "../read-input.ts";
import { readTrust } from "../read-trust.ts";
import { run } from "../run.ts";

export function addVerifyCommand(program: Command): void {
  program
    .command("verify")
    .description("recompute a total from its evidence bundle: offline, with no node and no network")
    .argument("<bundle>", "file written by `tally prove`")
    .option(
      "--network <file>",
      "network.json from the operator: pins the registry instead of taking it from the bundle",
    )
    .action((bundle: string, options: { network?: string }, command: Command) =>
      run(command, async (output) => {
        const trust = options.network === undefined ? undefined : await readTrust(options.network);
        output.progress("verifying …");
        const report = verifyBundle(await readInput(bundle), trust === undefined ? {} : { trust });
        output.result(report, () =>
          [
            `verified: ${report.totalKgCo2e} kg CO2e${spanOf(report)}`,
            `claims checked: ${report.claimsChecked}`,
            `anchor: ${report.anchor}${report.anchor === "pinned" ? "" : " (pass --network to pin the registry)"}`,
            ...report.notChecked.map((claim) => `not checked: ${JSON.stringify(claim)}`),
          ].join("\n"),
        );
      }),
    );
}

function spanOf({ period }: VerificationReport): string {
  return period === undefined ? "" : ` in ${period.name} (${period.start} to ${period.end})`;
}
