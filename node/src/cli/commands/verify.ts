import { isTallyError } from "@tallystick/proto";
import type { Output, Trust } from "@tallystick/registry";
import type { Command } from "commander";
import { kindOfEvidence } from "../../core/evidence/evidence-kind.ts";
import { type FaultVerdict, verifyFault } from "../../core/evidence/fault/verify-fault.ts";
import { type VerificationReport, verifyBundle } from "../../core/evidence/verify.ts";
import { nodeError } from "../../errors.ts";
import { readInput } from "../read-input.ts";
import { readTrust } from "../read-trust.ts";
import { renderFaultVerdict } from "../render-fault.ts";
import { run } from "../run.ts";

export function addVerifyCommand(program: Command): void {
  program
    .command("verify")
    .description("check evidence offline, with no node and no network: a total's bundle, or documents of faults")
    .argument("<files...>", "written by `tally prove` or `tally faults export`")
    .option(
      "--network <file>",
      "network.json from the operator: pins the registry instead of taking it from a bundle; faults need it",
    )
    .action((files: readonly string[], options: { network?: string }, command: Command) =>
      run(command, async (output) => {
        const trust = options.network === undefined ? undefined : await readTrust(options.network);
        output.progress("verifying …");
        const [file, ...others] = files;
        if (file !== undefined && others.length === 0) {
          const report = await verifyFile(file, trust);
          output.result(report, () => render(report));
        } else {
          await verifyEach(files, trust, output);
        }
      }),
    );
}

type Verified = VerificationReport | FaultVerdict;

/** Every file, those that do not hold included: the exit code is 1 where there is one. */
async function verifyEach(files: readonly string[], trust: Trust | undefined, output: Output): Promise<void> {
  const results: { readonly file: string; readonly report?: Verified; readonly error?: object }[] = [];
  for (const file of files) {
    try {
      results.push({ file, report: await verifyFile(file, trust) });
    } catch (error) {
      if (!isTallyError(error)) throw error;
      results.push({ file, error: { code: error.code, details: error.details } });
      process.exitCode = 1;
    }
  }
  output.result({ ok: results.every(({ report }) => report !== undefined), results }, () =>
    results
      .map(
        ({ file, report, error }) =>
          `${file}\n${report === undefined ? `INVALID: ${JSON.stringify(error)}` : render(report)}`,
      )
      .join("\n\n"),
  );
}

async function verifyFile(file: string, trust: Trust | undefined): Promise<Verified> {
  const bytes = await readInput(file);
  const kind = kindOfEvidence(bytes);
  if (kind === "bundle") return verifyBundle(bytes, trust === undefined ? {} : { trust });
  if (trust === undefined) throw nodeError("NETWORK_REQUIRED", { file });
  return verifyFault(bytes, trust);
}

function render(report: Verified): string {
  if ("kind" in report) return renderFaultVerdict(report);
  return [
    `verified: ${report.totalKgCo2e} kg CO2e${spanOf(report)}`,
    `claims checked: ${report.claimsChecked}`,
    `anchor: ${report.anchor}${report.anchor === "pinned" ? "" : " (pass --network to pin the registry)"}`,
    ...report.notChecked.map((claim) => `not checked: ${JSON.stringify(claim)}`),
  ].join("\n");
}

function spanOf({ period }: VerificationReport): string {
  return period === undefined ? "" : ` in ${period.name} (${period.start} to ${period.end})`;
}
