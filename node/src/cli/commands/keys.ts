import { addPassphraseCommand, EXIT, secretsOf } from "@tallystick/registry";
import type { Command } from "commander";
import { listKeys, publicKeys, verifyKeys } from "../../app/key-report.ts";
import { readHomeNames, readHomeTrust } from "../../app/node-home.ts";
import { fetchMember } from "../../app/read-members.ts";
import { planResealHome } from "../../app/reseal-keys.ts";
import { globals, run } from "../run.ts";
import { addKeyAgentCommands } from "./key-agent.ts";
import { addKeyChangeCommands } from "./key-changes.ts";

export function addKeysCommand(program: Command): void {
  const keys = program
    .command("keys")
    .description("the keys of this node: four for four uses, and the one off this machine that replaces them");
  addList(keys);
  addKeyChangeCommands(keys);
  addPassphrase(keys);
  addExport(keys);
  addVerify(keys);
  addKeyAgentCommands(keys);
}

function addList(keys: Command): void {
  keys
    .command("list")
    .description("show each key: its use, its id, since which key event, and what it is sealed by; no secret is needed")
    .action((_options: unknown, command: Command) =>
      run(command, async (output) => {
        const { home } = globals(command);
        const list = await listKeys(home, await readHomeNames(home));
        output.result(list, () =>
          [
            ...list.keys.map(
              (key) =>
                `${key.use.padEnd(10)}  ${key.publicKey}  event ${key.sinceEvent}  ${key.sealed === "agent" ? "with the agent" : `sealed by ${key.sealed}`}, ${key.standing}\n            ${key.kid}`,
            ),
            `committed to next: ${list.nextCommitment.join(", ") || "not known here"}`,
          ].join("\n"),
        );
      }),
    );
}

function addPassphrase(keys: Command): void {
  addPassphraseCommand(keys, {
    run,
    homeOf: (command) => globals(command).home,
    plan: async (command, next) => {
      const { home } = globals(command);
      return planResealHome(home, (await readHomeNames(home)).kid, secretsOf(globals(command)), next);
    },
  });
}

function addExport(keys: Command): void {
  keys
    .command("export-public")
    .description("print the public keys in use, as other tools take them; no secret is needed")
    .action((_options: unknown, command: Command) =>
      run(command, async (output) => {
        const { home } = globals(command);
        const document = await publicKeys(home, await readHomeNames(home));
        output.result(document, () => JSON.stringify(document, null, 2));
      }),
    );
}

function addVerify(keys: Command): void {
  keys
    .command("verify")
    .description("open each key and have it sign, and compare it with what the registry says")
    .option("--next-keys <file>", "look also whether this is the next key that was committed to")
    .action(({ nextKeys }: { nextKeys?: string }, command: Command) =>
      run(command, async (output) => {
        const { home } = globals(command);
        const names = await readHomeNames(home);
        const member = await fetchMember(await readHomeTrust(home), names.did);
        const checks = await verifyKeys(home, names, secretsOf(globals(command)), member, nextKeys);
        const sound = checks.every(({ ok }) => ok);
        output.result({ did: names.did, event: member.event.sequence, entry: member.eventIndex, sound, checks }, () =>
          checks.map(({ what, ok }) => `${ok ? "ok  " : "FAIL"}  ${what}`).join("\n"),
        );
        if (!sound) process.exitCode = EXIT.failed;
      }),
    );
}
