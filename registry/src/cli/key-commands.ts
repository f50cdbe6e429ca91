import type { Command } from "commander";
import { listHomeKeys } from "../app/home-keys.ts";
import { planReseal } from "../keys/reseal.ts";
import { addAgentCommands } from "./agent-commands.ts";
import type { Runner } from "./factor-commands.ts";
import { type SecretOptions, secretsOf } from "./key-secrets.ts";
import { addPassphraseCommand } from "./passphrase-command.ts";

const homeOf = (command: Command): string => command.optsWithGlobals<{ home: string }>().home;
const secretsFor = (command: Command) => secretsOf(command.optsWithGlobals<SecretOptions>());

/** Commands for the keys in a registry's or a witness's folder. */
export function addKeys(program: Command, run: Runner): void {
  const keys = program.command("keys").description("the keys in the folder of a registry or a witness");
  keys
    .command("list")
    .description("show each key: its use, its public half, and what it is sealed by; no secret is needed")
    .action((_options: unknown, command: Command) =>
      run(command, async (output) => {
        const found = await listHomeKeys(homeOf(command));
        const list = found.map(({ use, publicKey, by, path }) => ({ use, publicKey, sealed: by, path }));
        output.result({ keys: list }, () =>
          list
            .map(({ use, publicKey, sealed }) =>
              [use.padEnd(14), publicKey, sealed === "agent" ? "with the agent" : `sealed by ${sealed}`].join("  "),
            )
            .join("\n"),
        );
      }),
    );
  addPassphraseCommand(keys, {
    run,
    homeOf,
    plan: async (command, next) => planReseal(await listHomeKeys(homeOf(command)), secretsFor(command), next),
  });
  addAgentCommands(keys, {
    run,
    program: "tally-registry",
    homeOf,
    secretsOf: secretsFor,
    filesOf: async (home, uses) =>
      (await listHomeKeys(home))
        .filter(({ use }) => use !== "transport" && (uses === undefined || uses.includes(use)))
        .map(({ path }) => path),
  });
}
