import type { Command } from "commander";
import { listProposals, type Proposal, readProposal } from "../app/proposal-files.ts";
import { diffVersions, exportVersion, requireVersion, showRow } from "../app/read-factors.ts";
import { summarizeDiff } from "../factors/diff-sets.ts";
import { setName } from "../factors/factor-version.ts";
import { type Runner, read, versionName } from "./factor-commands.ts";
import { renderDiff, renderHeader, renderRow } from "./render-factors.ts";

/** The commands that look factor sets up. */
export function addFactorLookups(factors: Command, run: Runner): void {
  addList(factors, run);
  addShow(factors, run);
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
          proposed: await Promise.all((await listProposals(home.path)).map(readProposal)),
        }));
        const document = {
          published: published.map(({ document: set, index, withdrawn, release }) => ({
            set,
            index,
            withdrawn,
            release,
          })),
          proposed: proposed.map(({ set, path, report }) => ({ set, path, held: report.held.length })),
        };
        output.result(
          document,
          () => [...published.map(renderHeader), ...proposed.map(renderProposed)].join("\n") || "none",
        );
      }),
    );
}

const renderProposed = ({ set, report }: Proposal): string =>
  `${setName(set)} proposed: ${set.rowCount} rows, ${report.held.length} held`;

function addShow(factors: Command, run: Runner): void {
  factors
    .command("show")
    .description("show a published version, or one of its rows with its history and its proof")
    .argument("<id@version>", "the version", versionName)
    .argument("[key]", "key of a row")
    .action((name: string, key: string | undefined, _options: unknown, command: Command) =>
      run(command, async (output) => {
        if (key === undefined) {
          const found = await read(command, async (registry) => requireVersion(registry, name));
          const { document: set, index, withdrawn, release } = found;
          output.result(
            { set, index, withdrawn, release },
            () => `${renderHeader(found)}\n${describeSet(found.document)}`,
          );
          return;
        }
        const shown = await read(command, (registry, home) => showRow(registry, home.trust, name, key));
        output.result(shown, () => renderRow(shown));
      }),
    );
}

function describeSet(set: Proposal["set"]): string {
  return Object.entries(set)
    .map(([field, value]) => `  ${field}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join("\n");
}

function addDiff(factors: Command, run: Runner): void {
  factors
    .command("diff")
    .description("compare two published versions row by row, each change split by its causes")
    .argument("<from>", "id@version", versionName)
    .argument("<to>", "id@version", versionName)
    .action((from: string, to: string, _options: unknown, command: Command) =>
      run(command, async (output) => {
        const diff = await read(command, (registry) => diffVersions(registry, from, to));
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

const attributionOf = ({ attribution }: Proposal["set"]): string[] =>
  attribution === undefined ? [] : [`to be said with the rows: ${attribution}`];
