import type { Command } from "commander";
import type { ViewQuery } from "../../core/inventory/inventory-view.ts";
import { renderExplanation } from "../../core/inventory/render-explanation.ts";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";
import { addViewOptions, viewOf } from "./inventory.ts";

export function addExplainCommand(program: Command): void {
  const command = program
    .command("explain")
    .description("show where a figure comes from, down to the signed source and the factor's citation")
    .argument("<subject>", "a ledger line's id, or `total`");
  addViewOptions(command).action((subject: string, options: ViewQuery, command: Command) =>
    run(command, async (output) => {
      await withNode(globals(command), async (node) => {
        const document = await node.explain(subject, viewOf(options));
        output.result(document, () => renderExplanation(document));
      });
    }),
  );
}
