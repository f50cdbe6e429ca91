import { type Command, Option } from "commander";
import type { ViewQuery } from "../../core/inventory/inventory-view.ts";
import { renderDifference } from "../render-difference.ts";
import { renderInventory } from "../render-inventory.ts";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";

interface InventoryOptions extends ViewQuery {
  readonly watch?: true;
  readonly diff?: readonly string[];
}

/** The options by which any inventory is named. */
export function addViewOptions(command: Command): Command {
  return command
    .option("--period <period>", "2025, 2025-Q3, 2025-07, FY2025 or 2025-04-01..2026-03-31 (default: every line)")
    .option("--as-of <time>", "as it was known then: a day, of which the end is meant, or an RFC 3339 date-time");
}

export function viewOf({ period, asOf }: ViewQuery): ViewQuery {
  return { ...(period === undefined ? {} : { period }), ...(asOf === undefined ? {} : { asOf }) };
}

export function addInventoryCommand(program: Command): void {
  const command = program.command("inventory").description("the Scope 3 total, by category, supplier and method");
  addViewOptions(command)
    .addOption(new Option("--watch", "print it again after each change").conflicts(["period", "asOf", "diff"]))
    .addOption(
      new Option(
        "--diff <views...>",
        "compare two: each PERIOD, PERIOD@TIME, @TIME, or closed:PERIOD for its latest report",
      ).conflicts(["period", "asOf"]),
    )
    .action((options: InventoryOptions, command: Command) => {
      const { diff, watch } = options;
      if (diff !== undefined && diff.length !== 2) command.error("error: --diff compares two: --diff A B");
      return run(command, async (output) => {
        await withNode(globals(command), async (node) => {
          if (diff !== undefined) {
            const [before = "", after = ""] = diff;
            const difference = await node.diff(before, after);
            output.result(difference, () => renderDifference(difference));
            return;
          }
          if (watch !== true) {
            const document = await node.inventory(viewOf(options));
            output.result(document, () => renderInventory(document));
            return;
          }
          const stop = new AbortController();
          process.once("SIGINT", () => stop.abort());
          for await (const document of node.watch(stop.signal)) {
            output.result(document, () => renderInventory(document));
          }
        });
      });
    });
}
