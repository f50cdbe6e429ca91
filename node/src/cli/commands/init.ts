import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { KeyEvent } from "@tallystick/contracts";
import { newSecret, sealerOf, secretsOf } from "@tallystick/registry";
import type { Command } from "commander";
import { createNodeHome } from "../../app/node-home.ts";
import { readTrust } from "../read-trust.ts";
import { globals, run } from "../run.ts";

interface InitOptions {
  readonly did: string;
  readonly name: string;
  readonly network: string;
  readonly origin?: string;
  readonly nextKeys?: string;
  readonly encrypt?: true;
  readonly attestByLog?: boolean;
}

export function addInitCommand(program: Command): void {
  program
    .command("init")
    .description("make a node's folder: its keys, and the request by which it joins")
    .requiredOption("--did <did>", "the organisation's DID, such as did:web:smelter.example")
    .requiredOption("--name <name>", "the organisation's name")
    .requiredOption("--network <file>", "network.json, from the consortium's operator")
    .option("--origin <origin>", "name of this node's log (default: the did:web host, with /feed)")
    .option(
      "--next-keys <file>",
      "where the next key goes, which replaces a lost or stolen one (default: beside the folder)",
    )
    .option("--encrypt", "seal the keys: with --passphrase-file, --key-file, or a passphrase asked for")
    .option(
      "--attest-by-log",
      "let what this node logs bind you before each signature is checked: buyers whose policy allows it take in much at a time",
    )
    .action((options: InitOptions, command: Command) =>
      run(command, async (output) => {
        const path = globals(command).home;
        const trust = await readTrust(options.network);
        const { encrypt, attestByLog, network: _network, ...identity } = options;
        const grants: KeyEvent["grants"] = attestByLog === true ? ["attest-by-log"] : [];
        const sealer = encrypt === undefined ? {} : { sealer: await sealerOf(await newSecret(globals(command))) };
        const secrets = secretsOf(globals(command));
        const { nextKeys } = await createNodeHome({
          path,
          trust,
          randomBytes,
          secrets,
          grants,
          ...identity,
          ...sealer,
        });
        const { did, name } = options;
        const joinRequest = join(path, "join-request.json");
        output.result({ home: path, did, joinRequest, nextKeys }, () =>
          [
            `made ${path} for ${name} (${did}), member-to-be of ${trust.name}`,
            `send ${joinRequest} to the operator; when you are admitted: tally node --home ${path}`,
            `take ${nextKeys} to a safe place off this machine: it alone replaces a lost or stolen key, and the node never needs it`,
          ].join("\n"),
        );
      }),
    );
}
