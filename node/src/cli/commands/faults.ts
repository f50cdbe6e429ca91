import { writeWhole } from "@tallystick/registry";
import type { Command } from "commander";
import type { FaultDetail, ListedFault } from "../../core/evidence/fault/fault-list.ts";
import { renderFaultVerdict } from "../render-fault.ts";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";

export function addFaultsCommand(program: Command): void {
  const faults = program.command("faults").description("what suppliers were caught at, and the evidence of it");
  faults
    .command("list")
    .description("every fault, also those that healed because what was missing came after all")
    .action((_options: unknown, command: Command) =>
      run(command, async (output) => {
        await withNode(globals(command), async (node) => {
          const document = await node.faults.list();
          output.result(document, () =>
            document.faults.length === 0 ? "no faults" : document.faults.map(renderListed).join("\n"),
          );
        });
      }),
    );
  faults
    .command("show")
    .description("one fault, and what a document of it would prove to others")
    .argument("<fault>", "as `tally faults list` names it")
    .action((fault: string, _options: unknown, command: Command) =>
      run(command, async (output) => {
        await withNode(globals(command), async (node) => {
          const detail = await node.faults.show(fault);
          output.result(detail, () => renderDetail(detail));
        });
      }),
    );
  faults
    .command("export")
    .description("write the document that shows a fault to anybody who has network.json: `tally verify` checks it")
    .argument("<fault>", "as `tally faults list` names it")
    .option("-o, --output <file>", "where to write it", "fault.json")
    .action((fault: string, options: { output: string }, command: Command) =>
      run(command, async (output) => {
        await withNode(globals(command), async (node) => {
          const { evidence } = await node.faults.show(fault);
          const sizeBytes = await writeWhole(options.output, node.faults.exportFault(fault));
          const revealsKey = evidence?.kind === "dropped" || evidence?.kind === "reordered";
          output.result({ file: options.output, sizeBytes, ...(evidence === undefined ? {} : { evidence }) }, () =>
            [
              `wrote ${options.output} (${sizeBytes} bytes)`,
              ...(revealsKey
                ? [
                    "It reveals the agreement's route key: whoever has it sees which entries of that log are addressed to you.",
                  ]
                : []),
              ...(evidence === undefined ? [] : [renderFaultVerdict(evidence)]),
            ].join("\n"),
          );
        });
      }),
    );
}

function renderListed({ fault, member, kind, detail, healedBy }: ListedFault): string {
  const healed = healedBy === undefined ? "" : ` (came after all: ${healedBy})`;
  return `${fault}  ${kind}  ${member}: ${detail}${healed}`;
}

function renderDetail({ fault, evidence, notExportable }: FaultDetail): string {
  const lines = [renderListed(fault)];
  if (evidence !== undefined) lines.push(renderFaultVerdict(evidence));
  if (notExportable !== undefined) {
    lines.push(`cannot be shown to others: ${notExportable.code} ${JSON.stringify(notExportable.details)}`);
  }
  return lines.join("\n");
}
