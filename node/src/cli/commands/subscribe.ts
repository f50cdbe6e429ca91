import type { Command } from "commander";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";

export function addSubscribeCommand(program: Command): void {
  program
    .command("subscribe")
    .description("agree with a supplier and follow its feed from then on")
    .argument("<supplier>", "the supplier's DID, as in the members log")
    .argument("<address>", "host:port of the supplier's node")
    .action((supplier: string, address: string, _options: unknown, command: Command) =>
      run(command, async (output) => {
        await withNode(globals(command), async (node) => {
          output.progress(`asking ${supplier} at ${address} for an agreement …`);
          const document = await node.subscribe(address, supplier);
          output.result(document, () =>
            [
              `${document.existing ? "agreed already" : "agreed"} with ${document.supplier} on ${document.contract}`,
              `following ${document.origin} (epoch ${document.epoch})`,
            ].join("\n"),
          );
        });
      }),
    );
}
