import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import { readNodeHome } from "../../app/node-home.ts";
import { parseReportingPolicy } from "../../core/closing/reporting-policy.ts";
import { createPersonKey, readPersonKey } from "../person-key.ts";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";

export function addPersonCommand(program: Command): void {
  const person = program.command("person").description("the persons who sign for the company");
  person
    .command("create")
    .description("make a person's key: a file that the person keeps, away from the node")
    .argument("<name>", "the person's name")
    .requiredOption("-o, --output <file>", "where to write the key")
    .action((name: string, options: { output: string }, command: Command) =>
      run(command, async (output) => {
        const { signatory } = await readNodeHome(globals(command).home);
        const made = await createPersonKey(options.output, signatory.did, name, randomBytes(32));
        output.result(
          made,
          () => `wrote ${options.output}; let ${name} sign with \`tally person add ${options.output}\`\n${made.kid}`,
        );
      }),
    );
  person
    .command("add")
    .description("let the owner of a key sign; only the public part is kept")
    .argument("<file>", "file made by `tally person create`")
    .action((file: string, _options: unknown, command: Command) =>
      run(command, async (output) => {
        const { person: added } = await readPersonKey(file);
        await withNode(globals(command).home, async (node) => {
          const { reporting } = await node.policies.show();
          const policy = parseReportingPolicy(reporting.policy);
          const persons = [...policy.persons.filter(({ kid }) => kid !== added.kid), added];
          await node.policies.put("reporting", { ...policy, persons }, `${added.name} may sign`);
          output.result({ persons }, () => `${added.name} may sign; ${policy.signatures} signatures close a period`);
        });
      }),
    );
  person
    .command("list")
    .description("who may sign")
    .action((_options: unknown, command: Command) =>
      run(command, async (output) => {
        await withNode(globals(command).home, async (node) => {
          const { persons, signatures } = parseReportingPolicy((await node.policies.show()).reporting.policy);
          output.result({ persons, signatures }, () =>
            [...persons.map(({ name, kid }) => `${name}  ${kid}`), `${signatures} signatures close a period`].join(
              "\n",
            ),
          );
        });
      }),
    );
}
