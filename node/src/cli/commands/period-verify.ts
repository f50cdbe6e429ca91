import type { Command } from "commander";
import { type ReportVerification, type VerifyReportOptions, verifyReport } from "../../core/closing/verify-report.ts";
import { registryOfBundle } from "../../core/evidence/verify.ts";
import { parseJsonFile } from "../parse-json-file.ts";
import { readInput } from "../read-input.ts";
import { readTrust } from "../read-trust.ts";
import { readable, signed } from "../render-table.ts";
import { run } from "../run.ts";

interface VerifyOptions {
  readonly evidence?: string;
  readonly network?: string;
  readonly earlier?: string;
}

export function addPeriodVerifyCommand(period: Command): void {
  period
    .command("verify")
    .description("check an exported report: offline, with no node and no network")
    .argument("<report>", "file written by `tally period export`")
    .option(
      "--evidence <bundle>",
      "evidence bundle of the member: shows the member's key, which vouches for those who signed",
    )
    .option("--network <file>", "network.json from the operator: pins the registry that the bundle shows")
    .option("--earlier <report>", "the report that this one restates: what changed is compared")
    .action((file: string, options: VerifyOptions, command: Command) => {
      if (options.network !== undefined && options.evidence === undefined) {
        command.error("error: --network pins the registry of --evidence: name both");
      }
      return run(command, async (output) => {
        output.progress("verifying …");
        const report = parseJsonFile(file, await readInput(file));
        const verification = verifyReport(report, await readGiven(options));
        const anchored = options.evidence !== undefined && options.network === undefined;
        const document = anchored
          ? { ...verification, notChecked: [...verification.notChecked, UNPINNED] }
          : verification;
        output.result(document, () => render(document));
      });
    });
}

const UNPINNED = {
  what: "the registry's identity",
  why: "its keys were taken from the bundle: pin it with --network",
};

async function readGiven({ evidence, network, earlier }: VerifyOptions): Promise<VerifyReportOptions> {
  const trust = network === undefined ? undefined : await readTrust(network);
  const registry = evidence === undefined ? undefined : registryOfBundle(await readInput(evidence), trust);
  return {
    ...(registry === undefined
      ? {}
      : {
          attestKeyOf: (member: string, kid: string) => registry.attestKeyRecord(member, kid),
        }),
    ...(earlier === undefined ? {} : { earlier: parseJsonFile(earlier, await readInput(earlier)) }),
  };
}

function render(verification: ReportVerification): string {
  const { memberName, member, period, number, digest, preparedAt, totalKgCo2e, lines, change } = verification;
  const { signers, needed, notChecked } = verification;
  return [
    `verified: report ${number} of ${period.name} (${period.start} to ${period.end}) of ${memberName} (${member})`,
    `${readable(totalKgCo2e)} kg CO2e in ${lines} lines, prepared ${preparedAt}`,
    `digest ${digest}`,
    ...signers.map(({ name, kid }) => `signed by ${name} (${kid})`),
    `${signers.length} of ${needed} signatures that are needed`,
    ...(change === undefined
      ? []
      : [`restates ${change.restates}: ${signed(change.deltaKgCo2e)} kg CO2e, because ${change.reason}`]),
    ...notChecked.map(({ what, why }) => `not checked: ${what}: ${why}`),
  ]
    .join("\n")
    .replaceAll(/(?!\n)[\p{Cc}\p{Cf}]/gu, "\uFFFD");
}
