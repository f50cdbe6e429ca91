import type { Command } from "commander";
import type { ResealStep } from "../keys/reseal.ts";
import type { KeySecret, Sealer } from "../keys/sealing.ts";
import { sealerOf } from "./key-secrets.ts";
import { addNewSecretOptions, chosenSecret, type NewSecretOptions } from "./new-secret.ts";
import type { Output } from "./output.ts";

export interface PassphraseActions {
  readonly run: (command: Command, action: (output: Output) => Promise<void>) => Promise<void>;
  readonly homeOf: (command: Command) => string;
  /** The keys' files to be replaced: sealed by `next`, or opened where it is left out. */
  readonly plan: (
    command: Command,
    next: { readonly secret: KeySecret; readonly sealer: Sealer } | undefined,
  ) => Promise<readonly ResealStep[]>;
}

/** Adds `passphrase`, the same for every program that has keys. */
export function addPassphraseCommand(keys: Command, { run, homeOf, plan }: PassphraseActions): void {
  addNewSecretOptions(
    keys
      .command("passphrase")
      .description(
        "seal the keys, seal them otherwise, or let them lie open; the same again completes what was interrupted",
      ),
  ).action((options: NewSecretOptions, command: Command) =>
    run(command, async (output) => {
      const secret = await chosenSecret(options, command);
      const home = homeOf(command);
      const steps = await plan(command, secret === undefined ? undefined : { secret, sealer: await sealerOf(secret) });
      for (const step of steps) await step.run();
      const by = secret?.by ?? "nothing";
      output.result({ home, sealed: by, files: steps.filter(({ path }) => path.endsWith(".json")).length }, () =>
        by === "nothing"
          ? `the keys of ${home} lie open, readable by their owner alone`
          : `the keys of ${home} are sealed by a ${by}: it is needed at every start, and nobody can restore it`,
      );
    }),
  );
}
