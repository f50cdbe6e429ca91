import { type Command, InvalidArgumentError } from "commander";
import type { AccessEntry } from "../../core/documents.ts";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";

function count(text: string): number {
  const value = Number(text);
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError("not a number from 1 to 99999");
  return value;
}

export function addAccessCommand(program: Command): void {
  program
    .command("access")
    .description("show who came to this node by which road, what they called, and what was refused; the latest first")
    .option("--member <did>", "only what this member did")
    .option("--refused", "only what was refused", false)
    .option("--limit <n>", "how many entries", count, 100)
    .action((options: { member?: string; refused: boolean; limit: number }, command: Command) =>
      run(command, async (output) => {
        await withNode(globals(command), async (node) => {
          const { member, refused, limit } = options;
          const document = await node.access({ refused, limit, ...(member === undefined ? {} : { did: member }) });
          output.result(document, () =>
            document.entries.length === 0 ? "nobody came" : document.entries.map(renderEntry).join("\n"),
          );
        });
      }),
    );
}

function renderEntry({ last, road, did, publicKey, method, refused, count: times }: AccessEntry): string {
  const who = did ?? (publicKey === undefined ? "a stranger" : `the key ${publicKey}`);
  const what = method ?? "connect";
  return `${last}  ${road.padEnd(6)}  ${who}  ${what}${times === 1 ? "" : ` ×${times}`}${refused === undefined ? "" : `  REFUSED ${refused}`}`;
}
