import type { Command } from "commander";
import { renderExplanation } from "../../core/inventory/render-explanation.ts";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";

export function addExplainCommand(program: Command): void {
  program
    .command("explain")
    .description("show where a figure comes from, down to the signed source and the factor's citation")
    .argument("<subject>", "a ledger line's id, or `total`")
    .action((subject: string, _options: unknown, command: Command) =>
      run(command, async (output) => {
        await withNode(globals(command).home, async (node) => {
          const document = await node.explain(subject);
          output.result(document, () => renderExplanation(document));
        });
      }),
    );
}
