import { randomBytes } from "node:crypto";
import {
  addNewSecretOptions,
  chosenSecret,
  type NewSecretOptions,
  newSecret,
  sealerOf,
  secretsOf,
} from "@tallystick/registry";
import type { Command } from "commander";
import { readHomeIdentity } from "../../app/home-identity.ts";
import { closingError } from "../../core/closing/closing-errors.ts";
import { foldName, parseReportingPolicy } from "../../core/closing/reporting-policy.ts";
import { nodeError } from "../../errors.ts";
import { createPersonKey, readPerson, resealPersonKey } from "../person-key.ts";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";

export function addPersonCommand(program: Command): void {
  const person = program.command("person").description("the persons who sign for the company");
  person
    .command("create")
    .description("make a person's key: a file that the person keeps, away from the node")
    .argument("<name>", "the person's name")
    .requiredOption("-o, --output <file>", "where to write the key")
    .option("--encrypt", "seal the key: with --passphrase-file, --key-file, or a passphrase asked for")
    .action((name: string, options: { output: string; encrypt?: true }, command: Command) =>
      run(command, async (output) => {
        const { did } = await readHomeIdentity(globals(command).home);
        const sealer = options.encrypt === undefined ? undefined : await sealerOf(await newSecret(globals(command)));
        const made = await createPersonKey(options.output, did, name, randomBytes(32), sealer);
        output.result(
          made,
          () => `wrote ${options.output}; let ${name} sign with \`tally person add ${options.output}\`\n${made.kid}`,
        );
      }),
    );
  addNewSecretOptions(
    person
      .command("passphrase")
      .description("seal a person's key, seal it otherwise, or let it lie open")
      .argument("<file>", "file made by `tally person create`"),
  ).action((file: string, options: NewSecretOptions, command: Command) =>
    run(command, async (output) => {
      const next = await chosenSecret(options, command);
      const sealer = next === undefined ? undefined : await sealerOf(next);
      const { name, kid } = await resealPersonKey(file, secretsOf(globals(command)), sealer);
      const by = next?.by ?? "nothing";
      output.result({ file, name, kid, sealed: by }, () =>
        by === "nothing" ? `${file} lies open, readable by its owner alone` : `${file} is sealed by a ${by}`,
      );
    }),
  );
  person
    .command("add")
    .description("let the owner of a key sign; only the public part is kept")
    .argument("<file>", "file made by `tally person create`")
    .option("--replace", "in the place of the key that a person of that name has")
    .action((file: string, { replace }: { replace?: true }, command: Command) =>
      run(command, async (output) => {
        const added = await readPerson(file);
        await withNode(globals(command), async (node) => {
          const { reporting } = await node.policies.show();
          const policy = parseReportingPolicy(reporting.policy);
          const others = policy.persons.filter(({ kid }) => kid !== added.kid);
          const namesake = others.find(({ name }) => foldName(name) === foldName(added.name));
          if (namesake !== undefined && replace !== true) {
            throw nodeError("PERSON_KNOWN", { name: namesake.name, kid: namesake.kid });
          }
          const persons = [...others.filter((person) => person !== namesake), added];
          await node.policies.put("reporting", { ...policy, persons }, `${added.name} may sign`);
          output.result({ persons }, () => `${added.name} may sign; ${policy.signatures} signatures close a period`);
        });
      }),
    );
  person
    .command("remove")
    .description("let a person sign no more; what they signed stays")
    .argument("<kid>", "id of the key: `tally person list` prints it")
    .action((kid: string, _options: unknown, command: Command) =>
      run(command, async (output) => {
        await withNode(globals(command), async (node) => {
          const policy = parseReportingPolicy((await node.policies.show()).reporting.policy);
          const removed = policy.persons.find((person) => person.kid === kid);
          if (removed === undefined) throw closingError("PERSON_UNKNOWN", { kid });
          const persons = policy.persons.filter((person) => person !== removed);
          await node.policies.put("reporting", { ...policy, persons }, `${removed.name} may sign no more`);
          output.result({ persons }, () => `${removed.name} may sign no more`);
        });
      }),
    );
  person
    .command("list")
    .description("who may sign")
    .action((_options: unknown, command: Command) =>
      run(command, async (output) => {
        await withNode(globals(command), async (node) => {
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
