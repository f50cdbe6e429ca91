import { basename } from "node:path";
import type { Command } from "commander";
import { readInput } from "../read-input.ts";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";

export function addPublishCommand(program: Command): void {
  program
    .command("publish")
    .description("publish product footprints: all of the file, or nothing")
    .argument("<file>", "PACT v3 JSON (one footprint, an array, or {data: […]}) or CSV")
    .action((file: string, _options: unknown, command: Command) =>
      run(command, async (output) => {
        const content = await readInput(file);
        await withNode(globals(command), async (node) => {
          output.progress(`checking and signing ${basename(file)} …`);
          const document = await node.publish(basename(file), content);
          output.result(document, () => {
            const lines = document.published.map((item) => {
              if (item.unchanged) return `unchanged  ${item.productId}: live already at index ${item.index}`;
              const supersedes = item.supersedes === undefined ? "" : `, supersedes ${item.supersedes}`;
              return `published  ${item.productId} at index ${item.index}${supersedes}`;
            });
            const warnings = document.warnings.map((w) => `warning    ${w.path}: ${w.message} (${w.rule})`);
            return [...lines, ...warnings, `addressed to buyers: ${document.deliveries}`].join("\n");
          });
        });
      }),
    );
}
