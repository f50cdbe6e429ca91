import { basename } from "node:path";
import type { FactorSet } from "@tallystick/contracts";
import { isTallyError } from "@tallystick/proto";
import type { Command } from "commander";
import { z } from "zod";
import { readJson } from "../app/home-files.ts";
import { listProposals, readProposal } from "../app/proposal-files.ts";
import {
  diffVersions,
  exportRowProof,
  exportVersion,
  findVersion,
  requireRates,
  showRow,
} from "../app/read-factors.ts";
import { parseRowProof, verifyRowProof } from "../core/row-proof.ts";
import { parseTrust } from "../core/trust.ts";
import { summarizeDiff } from "../factors/diff-sets.ts";
import { setName } from "../factors/factor-version.ts";
import { type Runner, read, versionName } from "./factor-commands.ts";
import type { Output } from "./output.ts";
import { renderDiff, renderHeader, renderProposal, renderProven, renderRow, renderRows } from "./render-factors.ts";

/** The commands that look factor sets up. */
export function addFactorLookups(factors: Command, run: Runner): void {
  addList(factors, run);
  addShow(factors, run);
  addVerify(factors, run);
  addDiff(factors, run);
  addExport(factors, run);
}

function addList(factors: Command, run: Runner): void {
  factors
    .command("list")
    .description("list the published versions and the proposals")
    .action((_options: unknown, command: Command) =>
      run(command, async (output) => {
        const { published, proposed } = await read(command, async ({ state }, home) => ({
          published: [...state.factorSets],
          proposed: await Promise.all((await listProposals(home.path)).map(summarize)),
        }));
        const document = {
          published: published.map(({ document: set, index, withdrawn, releases }) => ({
            set,
            index,
            withdrawn,
            releases,
          })),
          proposed,
        };
        output.result(
          document,
          () => [...published.map(renderHeader), ...proposed.map(renderProposed)].join("\n") || "none",
        );
      }),
    );
}

/** A proposal in short; a damaged one is told among the others. */
type ProposalSummary =
  | { readonly path: string; readonly set: FactorSet; readonly held: number }
  | { readonly path: string; readonly invalid: string };

async function summarize(path: string): Promise<ProposalSummary> {
  try {
    const { set, report } = await readProposal(path);
    return { path, set, held: report.held.length };
  } catch (error) {
    if (!isTallyError(error, "PROPOSAL_INVALID")) throw error;
    return { path, invalid: error.message };
  }
}

function renderProposed(proposal: ProposalSummary): string {
  if ("invalid" in proposal) return `${basename(proposal.path)} proposed: ${proposal.invalid}`;
  const { set, held } = proposal;
  return `${setName(set)} proposed: ${set.rowCount} rows, ${held} held`;
}

function addShow(factors: Command, run: Runner): void {
  factors
    .command("show")
    .description("show a version, published or proposed; or a row of a published one with its history and its proof")
    .argument("<id@version>", "the version", versionName)
    .argument("[key]", "key of a row")
    .option("--proof <file>", "write what proves the row to others, for `factors verify`")
    .action((name: string, key: string | undefined, { proof }: { proof?: string }, command: Command) => {
      if (key === undefined && proof !== undefined) command.error("error: --proof is of one row: name its key");
      return run(command, async (output) => {
        if (key === undefined) await showVersion(command, name, output);
        else {
          const shown = await read(command, (registry, home) => showRow(registry, home.trust, name, key));
          if (proof !== undefined) await exportRowProof(shown, proof);
          output.result(shown, () => renderRow(shown));
        }
      });
    });
}

async function showVersion(command: Command, name: string, output: Output): Promise<void> {
  const found = await read(command, (registry, home) => findVersion(registry, home.path, name));
  if (found.kind === "proposed") {
    const { set, path, report, rows } = found.proposal;
    output.result({ proposed: path, set, ...report, rows }, () =>
      [renderProposal(found.proposal), describeSet(set), ...renderRows(rows, set)].join("\n"),
    );
    return;
  }
  const { document: set, index, withdrawn, releases } = found.registered;
  output.result({ set, index, withdrawn, releases, rows: found.rows }, () =>
    [renderHeader(found.registered), describeSet(set), ...renderRows(found.rows, set)].join("\n"),
  );
}

function addVerify(factors: Command, run: Runner): void {
  factors
    .command("verify")
    .description("verify the proof of a row against a trust file alone; needs no registry")
    .argument("<file>", "what `factors show --proof` wrote")
    .requiredOption("--network <file>", "network.json of the registry")
    .action((file: string, { network }: { network: string }, command: Command) =>
      run(command, async (output) => {
        const trust = parseTrust(await readJson(network, z.unknown()));
        const proven = verifyRowProof(trust, parseRowProof(await readJson(file, z.unknown())));
        output.result(proven, () => renderProven(proven));
      }),
    );
}

function describeSet(set: FactorSet): string {
  return Object.entries(set)
    .map(([field, value]) => `  ${field}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join("\n");
}

function addDiff(factors: Command, run: Runner): void {
  factors
    .command("diff")
    .description("compare two versions, published or proposed, row by row, each change split by its causes")
    .argument("<from>", "id@version", versionName)
    .argument("<to>", "id@version", versionName)
    .option(
      "--rates <id@version>",
      "published rate set to compare prices by (default: the one published last)",
      versionName,
    )
    .action((from: string, to: string, { rates }: { rates?: string }, command: Command) =>
      run(command, async (output) => {
        const diff = await read(command, (registry, home) =>
          diffVersions(
            registry,
            home.path,
            [from, to],
            rates === undefined ? undefined : requireRates(registry, rates),
          ),
        );
        const { document, text } = renderDiff(diff, summarizeDiff(diff));
        output.result(document, text);
      }),
    );
}

function addExport(factors: Command, run: Runner): void {
  factors
    .command("export")
    .description("write a published version to a file, with its licence and attribution, where the licence allows it")
    .argument("<id@version>", "the version", versionName)
    .requiredOption("-o, --output <file>", "file to write; none that is there is replaced")
    .action((name: string, { output: file }: { output: string }, command: Command) =>
      run(command, async (output) => {
        const set = await read(command, (registry) => exportVersion(registry, name, file));
        output.result({ exported: name, file, rows: set.rowCount }, () =>
          [`wrote ${set.rowCount} rows of ${name} to ${file}`, `licence: ${set.licence}`, ...attributionOf(set)].join(
            "\n",
          ),
        );
      }),
    );
}

const attributionOf = ({ attribution }: FactorSet): string[] =>
  attribution === undefined ? [] : [`to be said with the rows: ${attribution}`];
