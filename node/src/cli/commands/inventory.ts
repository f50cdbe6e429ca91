import type { Command } from "commander";
import { renderInventory } from "../render-inventory.ts";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";

export function addInventoryCommand(program: Command): void {
  program
    .command("inventory")
    .description("print the Scope 3 total by category, supplier and method")
    .option("--watch", "print it again after every change")
    .action((options: { watch?: boolean }, command: Command) =>
      run(command, async (output) => {
        await withNode(globals(command).home, async (node) => {
          if (options.watch !== true) {
            const document = await node.inventory();
            output.result(document, () => renderInventory(document));
            return;
          }
          const stop = new AbortController();
          process.once("SIGINT", () => stop.abort());
          for await (const document of node.watch(stop.signal)) {
            output.result(document, () => renderInventory(document));
          }
        });
      }),
    );
}
