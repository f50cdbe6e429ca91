import { SigningAgent, type SigningAgentOptions } from "./signing-agent.ts";

/** Holds the keys of a folder until SIGTERM or SIGINT. Says on stdout, a JSON line each, that it is ready and that it has stopped. */
export async function runAgent(options: SigningAgentOptions): Promise<void> {
  const stop = Promise.withResolvers<void>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.resolve());
  const agent = await SigningAgent.open(options);
  process.stdout.write(`${JSON.stringify({ ready: { socket: agent.socketPath, keys: agent.keys } })}\n`);
  await stop.promise;
  await agent.close();
  process.stdout.write(`${JSON.stringify({ stopped: {} })}\n`);
}
