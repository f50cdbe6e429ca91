import { addAgentCommands, secretsOf } from "@tallystick/registry";
import type { Command } from "commander";
import { filesOf } from "../../app/key-report.ts";
import { readKeySets } from "../../app/key-sets.ts";
import { readHomeNames } from "../../app/node-home.ts";
import { globals, run } from "../run.ts";

/** Commands by which a process of its own holds the node's keys, those in use and those that wait. */
export function addKeyAgentCommands(keys: Command): void {
  addAgentCommands(keys, {
    run,
    program: "tally",
    homeOf: (command) => globals(command).home,
    secretsOf: (command) => secretsOf(globals(command)),
    filesOf: async (home, uses) => {
      const { current, staged } = await readKeySets(home, (await readHomeNames(home)).kid);
      const facts = (await Promise.all([current, ...(staged === undefined ? [] : [staged])].map(filesOf))).flat();
      return facts
        .filter(({ use }) => use !== "transport" && (uses === undefined || uses.includes(use)))
        .map(({ path }) => path);
    },
  });
}
