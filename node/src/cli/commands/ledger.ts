import { basename } from "node:path";
import type { Command } from "commander";
import { readInput } from "../read-input.ts";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";

export function addLedgerCommand(program: Command): void {
  const ledger = program.command("ledger").description("the buyer's purchases and other activities");
  ledger
    .command("import")
    .description("import ledger lines from a CSV file: all of them, or none")
    .argument("<file>", "CSV with a header; see docs/guides/buyer.md for the columns")
    .action((file: string, _options: unknown, command: Command) =>
      run(command, async (output) => {
        const content = await readInput(file);
        await withNode(globals(command).home, async (node) => {
          const document = await node.importLedger(basename(file), content);
          output.result(
            document,
            () => `${document.lines} lines read: ${document.added} added, ${document.unchanged} known already`,
          );
        });
      }),
    );
}
