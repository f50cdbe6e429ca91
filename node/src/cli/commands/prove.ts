import { writeWhole } from "@tallystick/registry";
import type { Command } from "commander";
import type { ViewQuery } from "../../core/inventory/inventory-view.ts";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";
import { addViewOptions, viewOf } from "./inventory.ts";

export function addProveCommand(program: Command): void {
  const command = program
    .command("prove")
    .description("write the evidence bundle: everything an assurer needs to recompute the total offline")
    .option("-o, --output <file>", "where to write it", "evidence.tally");
  addViewOptions(command).action((options: ViewQuery & { output: string }, command: Command) =>
    run(command, async (output) => {
      await withNode(globals(command), async (node) => {
        output.progress("collecting evidence …");
        const sizeBytes = await writeWhole(options.output, node.prove(viewOf(options)));
        output.result({ file: options.output, sizeBytes }, () => `wrote ${options.output} (${sizeBytes} bytes)`);
      });
    }),
  );
}
