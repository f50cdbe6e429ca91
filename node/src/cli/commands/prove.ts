import { open, rename } from "node:fs/promises";
import type { Command } from "commander";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";

export function addProveCommand(program: Command): void {
  program
    .command("prove")
    .description("write the evidence bundle: everything an assurer needs to recompute the total offline")
    .option("-o, --output <file>", "where to write it", "evidence.tally")
    .action((options: { output: string }, command: Command) =>
      run(command, async (output) => {
        await withNode(globals(command).home, async (node) => {
          output.progress("collecting evidence …");
          const sizeBytes = await writeWhole(options.output, node.prove());
          output.result({ file: options.output, sizeBytes }, () => `wrote ${options.output} (${sizeBytes} bytes)`);
        });
      }),
    );
}

/** Writes beside the target and renames, so that an interrupted run leaves no half of a bundle. */
async function writeWhole(path: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const partial = `${path}.partial`;
  const file = await open(partial, "w", 0o644);
  let sizeBytes = 0;
  try {
    for await (const chunk of chunks) {
      await file.write(chunk);
      sizeBytes += chunk.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, path);
  return sizeBytes;
}
