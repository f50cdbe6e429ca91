import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { isTallyError } from "@tallystick/proto";
import type { Output, Trust } from "@tallystick/registry";
import type { Command } from "commander";
import { z } from "zod";
import { evidenceError } from "../../core/evidence/evidence-errors.ts";
import { type EvidenceKind, kindOfEvidence } from "../../core/evidence/evidence-kind.ts";
import type { MembersExhibit } from "../../core/evidence/fault/members-proof.ts";
import { type FaultVerdict, verifyFault } from "../../core/evidence/fault/verify-fault.ts";
import { type ForkVerdict, verifyForkNotes } from "../../core/evidence/fork-proof.ts";
import { type VerificationReport, verifyBundle } from "../../core/evidence/verify.ts";
import { nodeError } from "../../errors.ts";
import { parseJsonFile } from "../parse-json-file.ts";
import { readInput } from "../read-input.ts";
import { readTrust } from "../read-trust.ts";
import { renderFaultVerdict } from "../render-fault.ts";
import { run } from "../run.ts";

export function addVerifyCommand(program: Command): void {
  program
    .command("verify")
    .description(
      "check evidence offline, with no node and no network: a total's bundle, documents of faults, or the two notes of a fork",
    )
    .argument("<files...>", "written by `tally prove` or `tally faults export`; or A.note and B.note")
    .option(
      "--network <file>",
      "network.json from the operator: pins the registry instead of taking it from a bundle; faults need it",
    )
    .option("--members <file>", "the members log, for the notes of a member's log (default: members.json beside them)")
    .action((files: readonly string[], options: { network?: string; members?: string }, command: Command) =>
      run(command, async (output) => {
        const trust = options.network === undefined ? undefined : await readTrust(options.network);
        output.progress("verifying …");
        const [file, ...others] = files;
        const fork = await verifyAsFork(files, trust, options.members);
        if (fork !== undefined) {
          output.result(fork, () => renderFork(fork));
        } else if (file !== undefined && others.length === 0) {
          const report = await verifyFile(file, trust);
          output.result(report, () => render(report));
        } else {
          await verifyEach(files, trust, output);
        }
      }),
    );
}

const membersSchema = z.strictObject({
  note: z.string(),
  entries: z.array(z.string().max(65_535)).min(1).max(200_000),
});

/** Undefined where the files are not two notes. */
async function verifyAsFork(
  files: readonly string[],
  trust: Trust | undefined,
  membersFile: string | undefined,
): Promise<ForkVerdict | undefined> {
  const [a, b, ...others] = files;
  if (a === undefined || b === undefined || others.length > 0) return undefined;
  const notes = [await readInput(a), await readInput(b)] as const;
  if (notes.some((bytes) => kindOf(bytes) !== "note")) return undefined;
  if (trust === undefined) throw nodeError("NETWORK_REQUIRED", { file: a });
  const beside = join(dirname(a), "members.json");
  const path = membersFile ?? (existsSync(beside) ? beside : undefined);
  const members = path === undefined ? undefined : await readMembers(path);
  return verifyForkNotes(notes, trust, members);
}

async function readMembers(path: string): Promise<MembersExhibit> {
  const members = membersSchema.safeParse(parseJsonFile(path, await readInput(path)));
  if (!members.success) throw nodeError("FILE_UNREADABLE", { path, reason: "not a members log" });
  return members.data;
}

function kindOf(bytes: Uint8Array): EvidenceKind | undefined {
  try {
    return kindOfEvidence(bytes);
  } catch (error) {
    if (!isTallyError(error)) throw error;
    return undefined;
  }
}

function renderFork({ origin, size, roots, member, memberName }: ForkVerdict): string {
  return [
    `FORK: ${member === undefined ? "the registry" : `${member} (${memberName})`} signed two histories of ${origin}`,
    `proven: at ${size} entries its key signed the root ${roots[0]} and the root ${roots[1]}: both cannot be true`,
    "not shown: which of the two others were shown, and that it was meant",
  ].join("\n");
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
  if (kind === "note") throw evidenceError("FORK_NOT_SHOWN", { origin: "one note alone" });
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
