import type { Command } from "commander";
import { planHandOver } from "../keys/hand-over.ts";
import { runAgent } from "../keys/run-agent.ts";
import type { KeySecrets } from "../keys/sealing.ts";
import { agentSocketOf } from "../keys/signing-agent.ts";
import type { Output } from "./output.ts";

export interface AgentActions {
  readonly run: (command: Command, action: (output: Output) => Promise<void>) => Promise<void>;
  /** The program's name, as it is said to people. */
  readonly program: string;
  readonly homeOf: (command: Command) => string;
  readonly secretsOf: (command: Command) => KeySecrets;
  /** The files of the keys of these uses, of all that may be handed over where none is named. */
  readonly filesOf: (home: string, uses: readonly string[] | undefined) => Promise<readonly string[]>;
}

/** Adds `agent` and `hand-over`, by which a process of its own holds the keys; the same for every program that has keys. */
export function addAgentCommands(keys: Command, actions: AgentActions): void {
  addAgent(keys, actions);
  addHandOver(keys, actions);
}

function addAgent(keys: Command, { run, secretsOf }: AgentActions): void {
  keys
    .command("agent")
    .description("hold the keys of an agent's folder and sign over a socket, until told to stop")
    .requiredOption("--folder <folder>", "the agent's folder, which `hand-over` filled")
    .option("--socket <file>", "where to listen (default: agent.sock in the folder)")
    .action(({ folder, socket }: { folder: string; socket?: string }, command: Command) =>
      run(command, () =>
        runAgent({ folder, secrets: secretsOf(command), ...(socket === undefined ? {} : { socketPath: socket }) }),
      ),
    );
}

interface HandOverFlags {
  readonly to: string;
  readonly socket?: string;
  readonly uses?: readonly string[];
}

function addHandOver(keys: Command, { run, program, homeOf, filesOf }: AgentActions): void {
  keys
    .command("hand-over")
    .description(
      "give keys to an agent, which is asked for each signature from the next start on; the transport key stays",
    )
    .requiredOption("--to <folder>", "the agent's folder, outside of this one")
    .option("--socket <file>", "where the agent listens (default: agent.sock in its folder)")
    .option("--uses <use...>", "which keys (default: all but the transport key, which TLS needs itself)")
    .action(({ to, socket = agentSocketOf(to), uses }: HandOverFlags, command: Command) =>
      run(command, async (output) => {
        const home = homeOf(command);
        const steps = await planHandOver({ home, files: await filesOf(home, uses), to, socketPath: socket });
        for (const step of steps) await step.run();
        const handedOver = steps.filter(({ what }) => what === "name the agent").map(({ path }) => path);
        output.result({ home, agent: to, socket, handedOver }, () =>
          handedOver.length === 0
            ? "nothing to hand over: an agent has these keys already, or there are none"
            : [
                ...handedOver.map((path) => `${path} names the agent now`),
                `run \`${program} keys agent --folder ${to}\`, then start what has these keys anew`,
              ].join("\n"),
        );
      }),
    );
}
