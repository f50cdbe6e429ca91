import { basename } from "node:path";
import { utf8Encode } from "@tallystick/proto";
import { EXIT, writeWhole } from "@tallystick/registry";
import { type Command, Option } from "commander";
import { type HeaderReading, readLedgerSample } from "../../app/read-ledger-file.ts";
import { ENCODINGS } from "../../core/ledger/ledger-mapping.ts";
import { proposeMapping } from "../../core/ledger/propose-mapping.ts";
import type { LedgerImportOptions } from "../../ports/local-api.ts";
import { parseJsonFile } from "../parse-json-file.ts";
import { readInput } from "../read-input.ts";
import { renderImport, reportFile } from "../render-import.ts";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";

interface ImportFlags {
  readonly map?: string;
  readonly sheet?: string;
  readonly dryRun?: boolean;
  readonly correct?: boolean;
  readonly skipBad?: boolean;
  readonly report?: string;
}

interface MapFlags extends HeaderReading {
  readonly output: string;
}

export function addLedgerCommand(program: Command): void {
  const ledger = program.command("ledger").description("the buyer's purchases and other activities");
  ledger
    .command("import")
    .description("import ledger lines from a CSV or XLSX file: all of them, or none")
    .argument("<file>", "a table with a header; docs/ledger-files.md has the columns")
    .option("--map <file>", "how the file's columns become lines, as JSON: `tally ledger map` proposes one")
    .option("--sheet <name>", "the sheet of a workbook that has several")
    .option("--dry-run", "say what would be imported, and import nothing")
    .option("--correct", "record other content under a known id as a new version of that line")
    .option("--skip-bad", "import the rows without faults though others have them")
    .option("--report <file>", "write every fault to a file: .csv or .json")
    .action((file: string, flags: ImportFlags, command: Command) =>
      run(command, async (output) => {
        const { map, report, ...options } = flags;
        const content = await readInput(file);
        const mapping = map === undefined ? {} : { mapping: parseJsonFile(map, await readInput(map)) };
        const toReport = report === undefined ? undefined : reportFile(report);
        const rules: LedgerImportOptions = { ...options, ...mapping };
        await withNode(globals(command), async (node) => {
          const document = await node.importLedger(basename(file), content, rules);
          if (report !== undefined && toReport !== undefined) await write(report, toReport(document.issues ?? []));
          output.result(document, () => renderImport(document, report));
          if (document.refused > 0) process.exitCode = EXIT.failed;
        });
      }),
    );
  ledger
    .command("map")
    .description("propose a mapping for a file's columns, for a person to complete; nothing is imported")
    .argument("<file>", "the table to look at")
    .requiredOption("--output <file>", "where the proposal goes")
    .option("--sheet <name>", "the sheet of a workbook that has several")
    .option("--header-row <number>", "the row with the headers, from 1")
    .addOption(new Option("--encoding <name>", "of a CSV file that is not UTF-8").choices(ENCODINGS))
    .action((file: string, flags: MapFlags, command: Command) =>
      run(command, async (output) => {
        const { header, rows } = await readLedgerSample(basename(file), await readInput(file), flags);
        const proposal = proposeMapping(header, rows);
        await write(flags.output, `${JSON.stringify(proposal.mapping, null, 2)}\n`);
        output.result({ ...proposal, output: flags.output }, () =>
          [
            `wrote ${flags.output}: a proposal from the headers and the first rows. Read it, complete it, then import with --map.`,
            ...proposal.open.map((text) => `  to do: ${text}`),
            ...proposal.unused.map((name) => `  not used: ${name}`),
          ].join("\n"),
        );
      }),
    );
  ledger
    .command("retract")
    .description("record that a line was none; its versions stay, for what was reported with it")
    .argument("<id>", "the line's id")
    .requiredOption("--reason <text>", "why, for those who ask later")
    .action((id: string, { reason }: { reason: string }, command: Command) =>
      run(command, async (output) => {
        await withNode(globals(command), async (node) => {
          output.result(await node.retractLine(id, reason), () => `${id} is retracted`);
        });
      }),
    );
}

async function write(path: string, text: string): Promise<void> {
  await writeWhole(
    path,
    (async function* () {
      yield utf8Encode(text);
    })(),
  );
}
