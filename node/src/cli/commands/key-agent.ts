import { agentSocketOf, planHandOver, runAgent, secretsOf } from "@tallystick/registry";
import { type Command, Option } from "commander";
import { filesOf } from "../../app/key-report.ts";
import { readKeySets } from "../../app/key-sets.ts";
import { readHomeNames } from "../../app/node-home.ts";
import { globals, run } from "../run.ts";

/** The transport key is not among them: TLS needs the key itself. */
const AGENT_USES = ["attest", "checkpoint", "witness"] as const;
type AgentUse = (typeof AGENT_USES)[number];

/** Commands by which a process of its own holds the keys. */
export function addAgentCommands(keys: Command): void {
  addAgent(keys);
  addHandOver(keys);
}

function addAgent(keys: Command): void {
  keys
    .command("agent")
    .description("hold the keys of an agent's folder and sign for the node over a socket, until told to stop")
    .requiredOption("--folder <folder>", "the agent's folder, which `hand-over` filled")
    .option("--socket <file>", "where to listen (default: agent.sock in the folder)")
    .action(({ folder, socket }: { folder: string; socket?: string }, command: Command) =>
      run(command, () =>
        runAgent({
          folder,
          secrets: secretsOf(globals(command)),
          ...(socket === undefined ? {} : { socketPath: socket }),
        }),
      ),
    );
}

interface HandOverFlags {
  readonly to: string;
  readonly socket?: string;
  readonly uses: readonly AgentUse[];
}

function addHandOver(keys: Command): void {
  keys
    .command("hand-over")
    .description("give keys to an agent: from the next start on, the node asks it for each signature")
    .requiredOption("--to <folder>", "the agent's folder, outside of the node's")
    .option("--socket <file>", "where the agent listens (default: agent.sock in its folder)")
    .addOption(new Option("--uses <use...>", "which keys").choices([...AGENT_USES]).default([...AGENT_USES]))
    .action(({ to, socket = agentSocketOf(to), uses }: HandOverFlags, command: Command) =>
      run(command, async (output) => {
        const { home } = globals(command);
        const { current, staged } = await readKeySets(home, (await readHomeNames(home)).kid);
        const facts = (await Promise.all([current, ...(staged === undefined ? [] : [staged])].map(filesOf))).flat();
        const files = facts.filter(({ use }) => uses.some((one) => one === use)).map(({ path }) => path);
        const steps = await planHandOver({ home, files, to, socketPath: socket });
        for (const step of steps) await step.run();
        const handedOver = steps.filter(({ what }) => what === "name the agent").map(({ path }) => path);
        output.result({ home, agent: to, socket, handedOver }, () =>
          handedOver.length === 0
            ? "an agent has these keys already"
            : [
                ...handedOver.map((path) => `${path} names the agent now`),
                `run \`tally keys agent --folder ${to}\`, then start the node anew`,
              ].join("\n"),
        );
      }),
    );
}
