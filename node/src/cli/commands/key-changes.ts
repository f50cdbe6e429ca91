import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type Compromise, SINGLE_KEY_USES, type SingleKeyUse } from "@tallystick/contracts";
import { describeKeyFile, type KeySecrets, Sealer, secretsOf } from "@tallystick/registry";
import { type Command, InvalidArgumentError, Option } from "commander";
import { discardKeyChange, type KeyChangeOptions, prepareKeyChange } from "../../app/key-change.ts";
import { readKeySets } from "../../app/key-sets.ts";
import { readHomeNames, readHomeTrust } from "../../app/node-home.ts";
import { fetchMember } from "../../app/read-members.ts";
import { type Globals, globals, run } from "../run.ts";

interface ChangeOptions {
  readonly nextKeys: string;
  readonly newNextKeys?: string;
  readonly keep?: readonly SingleKeyUse[];
}

interface CompromiseOptions extends ChangeOptions {
  readonly since: number;
  readonly kids?: readonly string[];
  readonly reason: string;
}

/** Unix seconds of an instant. */
function instant(text: string): number {
  const ms = Date.parse(text);
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/.test(text) || !Number.isFinite(ms) || ms < 0) {
    throw new InvalidArgumentError("not a day, or an instant such as 2026-11-02T06:00:00Z");
  }
  return Math.floor(ms / 1000);
}

function changing(keys: Command, name: string, description: string): Command {
  return keys
    .command(name)
    .description(description)
    .requiredOption("--next-keys <file>", "file of the next key, from where you keep it")
    .option("--new-next-keys <file>", "where the key after it goes (default: beside the folder)");
}

const KEEP = new Option("--keep <use...>", "let the key of this use stay as it is").choices(SINGLE_KEY_USES);

/** Commands by which a member goes over to its next keys. */
export function addKeyChangeCommands(keys: Command): void {
  changing(keys, "rotate", "go over to the next key, with new keys for the other uses")
    .addOption(KEEP)
    .action((options: ChangeOptions, command: Command) => change(command, options, {}));
  changing(keys, "compromise", "replace keys that somebody else may have; what they signed since then counts no more")
    .requiredOption("--since <time>", "the earliest moment at which another may have had them", instant)
    .requiredOption("--reason <text>", "what happened, for all members to read")
    .option("--kids <id...>", "which keys (default: all four that are in use)")
    .addOption(KEEP)
    .action((options: CompromiseOptions, command: Command) => change(command, options, { compromised: options }));
  changing(keys, "recover", "replace keys that are lost, with the next key alone").action(
    (options: ChangeOptions, command: Command) => change(command, options, { lost: true }),
  );
  keys
    .command("discard")
    .description("forget a change of keys that the registry has not published")
    .action((_options: unknown, command: Command) =>
      run(command, async (output) => {
        const { home } = globals(command);
        const { did, kid } = await readHomeNames(home);
        const sequence = await discardKeyChange(home, kid, await fetchMember(await readHomeTrust(home), did));
        output.result({ home, sequence }, () => `forgot the keys of event ${sequence}; those in use stay`);
      }),
    );
}

function change(
  command: Command,
  { nextKeys, newNextKeys, keep }: ChangeOptions,
  why: { readonly compromised?: CompromiseOptions; readonly lost?: true },
): Promise<void> {
  return run(command, async (output) => {
    const { home } = globals(command);
    const { did, kid } = await readHomeNames(home);
    const member = await fetchMember(await readHomeTrust(home), did);
    const { compromised, lost } = why;
    const secrets = secretsOf(globals(command));
    const options: KeyChangeOptions = {
      home,
      firstKid: kid,
      member,
      nextKeys,
      nextSecrets: secrets,
      randomBytes,
      ...(newNextKeys === undefined ? {} : { newNextKeys }),
      ...(keep === undefined ? {} : { keep }),
      ...(compromised === undefined ? {} : { compromise: compromiseOf(member.event.keys, did, compromised) }),
      // Keys that are lost or another's are not waited with.
      ...(compromised === undefined && lost === undefined ? {} : { atOnce: true }),
      ...(await sealerFor(home, kid, nextKeys, secrets, globals(command))),
    };
    const made = await prepareKeyChange(options);
    output.result(
      {
        did,
        sequence: made.event.sequence,
        request: made.request,
        newNextKeys: made.newNextKeys,
        again: made.again,
        inUse: options.atOnce === true,
      },
      () =>
        [
          `prepared key event ${made.event.sequence} of ${did}${made.again ? ", as before" : ""}`,
          `send ${made.request} to the operator, who publishes it: tally-registry publish-keys`,
          options.atOnce === true
            ? "until then this node signs nothing; then it signs with the new keys"
            : "until then this node signs with the keys it has; then it takes the new ones by itself",
          `take ${made.newNextKeys} to a safe place off this machine; ${nextKeys} has done its work`,
        ].join("\n"),
    );
  });
}

/** Every key in use is taken to be another's, unless the owner knows better. */
function compromiseOf(
  keys: { readonly attest: readonly { readonly kid: string }[]; readonly witness?: string },
  did: string,
  { since, reason, kids, keep = [] }: CompromiseOptions,
): Compromise {
  const uses = SINGLE_KEY_USES.filter((use) => use !== "witness" || keys.witness !== undefined);
  const all = [
    ...keys.attest.map(({ kid }) => kid),
    ...uses.filter((use) => !keep.includes(use)).map((use) => `${did}#${use}`),
  ];
  return { since, kids: kids ?? all, reason };
}

/** New keys are sealed as those in use are; where those are lost or with an agent, as the next key's file is. */
async function sealerFor(
  home: string,
  firstKid: string,
  nextKeys: string,
  secrets: KeySecrets,
  { keyFile }: Globals,
): Promise<{ readonly sealer?: Sealer }> {
  const { current } = await readKeySets(home, firstKid);
  const inUse = await describeKeyFile(join(current.folder, "attest.json"), "attest").catch(() => undefined);
  const { sealed } = inUse !== undefined && inUse.by !== "agent" ? inUse : await describeKeyFile(nextKeys, "next");
  if (sealed === undefined) return {};
  const secret = await secrets.secret(keyFile === undefined ? "passphrase" : "key-file", nextKeys);
  return {
    sealer:
      secret === undefined ? await Sealer.like(sealed, secrets, randomBytes) : await Sealer.create(secret, randomBytes),
  };
}
