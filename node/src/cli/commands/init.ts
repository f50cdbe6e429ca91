import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Command } from "commander";
import { createNodeHome } from "../../app/node-home.ts";
import { readTrust } from "../read-trust.ts";
import { globals, run } from "../run.ts";

interface InitOptions {
  readonly did: string;
  readonly name: string;
  readonly network: string;
  readonly origin?: string;
}

export function addInitCommand(program: Command): void {
  program
    .command("init")
    .description("make a node's folder: its keys, and the request by which it joins")
    .requiredOption("--did <did>", "the organisation's DID, such as did:web:smelter.example")
    .requiredOption("--name <name>", "the organisation's name")
    .requiredOption("--network <file>", "network.json, from the consortium's operator")
    .option("--origin <origin>", "name of this node's log (default: the did:web host, with /feed)")
    .action((options: InitOptions, command: Command) =>
      run(command, async (output) => {
        const path = globals(command).home;
        const trust = await readTrust(options.network);
        const { did, name, origin } = options;
        await createNodeHome({ path, did, name, trust, randomBytes, ...(origin === undefined ? {} : { origin }) });
        const joinRequest = join(path, "join-request.json");
        output.result({ home: path, did, joinRequest }, () =>
          [
            `made ${path} for ${name} (${did}), member-to-be of ${trust.name}`,
            `send ${joinRequest} to the operator; when you are admitted: tally node --home ${path}`,
            `move ${join(path, "keys", "next.json")} to a safe place off this machine: it is needed to replace a lost or stolen key`,
          ].join("\n"),
        );
      }),
    );
}
