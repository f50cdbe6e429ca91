import { type Command, Option } from "commander";
import type { ViewQuery } from "../../core/inventory/inventory-view.ts";
import type { RebaselineDocument } from "../../core/rebaseline/rebaseline-document.ts";
import type { LocalApi } from "../../ports/local-api.ts";
import { readable, signed, table } from "../render-table.ts";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";
import { addViewOptions, viewOf } from "./inventory.ts";

interface RebaselineOptions extends ViewQuery {
  readonly to: string;
  readonly plan?: true;
  readonly apply?: string | true;
}

export function addRebaselineCommand(program: Command): void {
  const command = program
    .command("rebaseline")
    .description("move the inventory to another version of a factor set: look at the plan, then apply it")
    .requiredOption("--to <set@version>", "the version to move to")
    .addOption(new Option("--plan", "show what would change; nothing is changed").conflicts("apply"))
    .addOption(
      new Option("--apply [digest]", "put the plan in force; with a digest, only if it still is that plan").conflicts([
        "period",
        "asOf",
      ]),
    );
  addViewOptions(command).action((options: RebaselineOptions, command: Command) => {
    if ((options.plan === true) === (options.apply !== undefined)) {
      command.error("error: name one of --plan and --apply");
    }
    return run(command, async (output) => {
      await withNode(globals(command), async (node) => {
        output.progress("comparing …");
        const { to, apply } = options;
        const document =
          apply === undefined ? await node.rebaseline.plan(to, viewOf(options)) : await put(node, to, apply);
        output.result(document, () => render(document));
      });
    });
  });
}

async function put(node: LocalApi, to: string, digest: string | true): Promise<RebaselineDocument> {
  return node.rebaseline.apply(to, digest === true ? (await node.rebaseline.plan(to)).digest : digest);
}

/** Factors shown of a long list; --json has them all. */
const SHOWN_FACTORS = 20;

function render(document: RebaselineDocument): string {
  const { from, to, policy, factors, byCause, otherLines, digest, applied } = document;
  const { beforeKgCo2e, afterKgCo2e, deltaKgCo2e, confidenceBefore, confidenceAfter } = document;
  const hidden = factors.length - SHOWN_FACTORS;
  return [
    `${from.join(", ")} → ${to}, policy ${policy.id}@${policy.version}`,
    `${readable(beforeKgCo2e)} → ${readable(afterKgCo2e)} kg CO2e: ${signed(deltaKgCo2e)} in ${document.changedLines} lines; ${document.unchangedLines} stay`,
    "by cause",
    ...table(Object.entries(byCause).map(([cause, kg]) => [cause, signed(kg)] as const)),
    ...table(
      Object.entries(otherLines).map(
        ([cause, sum]) => [`${cause} (${sum.lines} lines)`, signed(sum.deltaKgCo2e)] as const,
      ),
    ),
    "by factor, the largest change first",
    ...table(
      factors
        .slice(0, SHOWN_FACTORS)
        .map(
          ({ from: one, to: other, lines, deltaKgCo2e: kg }) =>
            [`${one} → ${other} (${lines} lines)`, signed(kg)] as const,
        ),
    ),
    ...(hidden > 0 ? [`  and ${hidden} more: --json prints them all`] : []),
    `confidence ${confidenceBefore.level} → ${confidenceAfter.level}`,
    applied
      ? "in force from now on"
      : `nothing is changed; to put it in force: tally rebaseline --to ${to} --apply ${digest}`,
  ].join("\n");
}
