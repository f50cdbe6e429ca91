import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import {
  readEvidence,
  type SetStandingOptions,
  setStanding,
  standingFolder,
  standingHistory,
} from "../app/govern-members.ts";
import { writeNew } from "../app/home-files.ts";
import { change, homeOf, type Runner, read } from "./factor-commands.ts";
import { addSign } from "./factors.ts";
import { renderApproval } from "./render-factors.ts";

interface StandingCliOptions {
  readonly reason?: string;
  readonly evidence?: readonly string[];
  readonly maintainer?: string;
}

/** Commands about members in good standing and others. */
export function addMembers(program: Command, run: Runner): void {
  const members = program
    .command("members")
    .description("members' standing: suspended by entries that reverse each other");
  addStanding(members, run, "suspend", "stop whatever a member does from now on; what counted before stays");
  addStanding(members, run, "reinstate", "take a suspension back");
  addSign(members, run);
  members
    .command("history")
    .description("show what the log says of a member's standing; write what a suspension rests on")
    .argument("<did>", "the member")
    .option("-o, --output <folder>", "write the notes of the latest suspension there, as A.note and B.note")
    .action((did: string, { output: folder }: { output?: string }, command: Command) =>
      run(command, async (output) => {
        const history = await read(command, (registry) => standingHistory(registry, did));
        const notes = history.findLast(({ evidence }) => evidence?.notes !== undefined)?.evidence?.notes ?? [];
        if (folder !== undefined && notes.length > 0) {
          await mkdir(folder, { recursive: true });
          for (const [at, note] of notes.entries()) await writeNew(join(folder, ["A.note", "B.note"][at] ?? ""), note);
        }
        output.result({ member: did, history, ...(folder === undefined ? {} : { written: notes.length }) }, () =>
          [
            ...history.map(
              ({ index, kind, reason, evidence }) =>
                `entry ${index}: ${kind}: ${reason}${(evidence?.digests ?? []).map((digest) => `\n  evidence ${digest}`).join("")}`,
            ),
            ...(folder === undefined ? [] : [`wrote ${notes.length} files to ${folder}`]),
          ].join("\n"),
        );
      }),
    );
}

function addStanding(members: Command, run: Runner, kind: SetStandingOptions["kind"], description: string): void {
  const command = members
    .command(kind)
    .description(description)
    .argument("<did>", "the member")
    .option("--reason <text>", "why: it stands in the log for everyone to read (default: go on with what waits)")
    .option("--maintainer <kid>", "sign with this key alone (default: all keys in the folder)");
  if (kind === "suspend") {
    command.option("--evidence <file...>", "two notes of a fork, which every node then checks, or documents of faults");
  }
  command.action((did: string, { reason, evidence, maintainer }: StandingCliOptions, self: Command) => {
    if (evidence !== undefined && reason === undefined) self.error("error: --evidence needs --reason");
    return run(self, async (output) => {
      const shown = evidence === undefined ? undefined : await readEvidence(evidence);
      const result = await change(self, (registry, home) =>
        setStanding(registry, home, did, {
          kind,
          ...(maintainer === undefined ? {} : { maintainer }),
          ...(reason === undefined
            ? {}
            : { statement: { reason, ...(shown === undefined ? {} : { evidence: shown }) } }),
        }),
      );
      output.result(result, () => renderApproval(result, `${kind} ${did}`, standingFolder(homeOf(self), did)));
    });
  });
}
