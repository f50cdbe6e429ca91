import { secretsOf } from "@tallystick/registry";
import { type Command, InvalidArgumentError } from "commander";
import { runNode } from "../../app/run-node.ts";
import { globals, run } from "../run.ts";

function port(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535) throw new InvalidArgumentError("not a port");
  return value;
}

export function addNodeCommand(program: Command): void {
  program
    .command("node")
    .description(
      "run the node until it is told to stop; stdout has one JSON line when it is ready and one when it has stopped",
    )
    .option("--host <host>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "gRPC port for partners (0: any free one)", port, 7000)
    .option("--http-port <port>", "HTTP port for log tools (0: any free one)", port, 0)
    .action((options: { host: string; port: number; httpPort: number }, command: Command) =>
      run(command, () => runNode({ home: globals(command).home, secrets: secretsOf(globals(command)), ...options })),
    );
}
