import type { Command } from "commander";
import { parseJsonFile } from "../parse-json-file.ts";
import { readInput } from "../read-input.ts";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";

export function addPolicyCommand(program: Command): void {
  const policy = program
    .command("policy")
    .description("the rules of the inventory, of reporting and of checking signatures");
  policy
    .command("show")
    .description("the policies in force, and since when")
    .action((_options: unknown, command: Command) =>
      run(command, async (output) => {
        await withNode(globals(command), async (node) => {
          const document = await node.policies.show();
          output.result(document, () => JSON.stringify(document, null, 2));
        });
      }),
    );
  policy
    .command("set")
    .description("put a policy in force from now on; what was known before stays as it was known")
    .argument("<kind>", "inventory, reporting or checking")
    .argument("<file>", "the policy as JSON: `tally policy show` prints those in force")
    .requiredOption("--reason <text>", "why, for those who ask later")
    .action((kind: string, file: string, options: { reason: string }, command: Command) =>
      run(command, async (output) => {
        const wanted = parseJsonFile(file, await readInput(file));
        await withNode(globals(command), async (node) => {
          const document = await node.policies.put(kind, wanted, options.reason);
          output.result(document, () => `in force since ${document.since}; ${document.replaced} were before it`);
        });
      }),
    );
}
