import { readFile, stat } from "node:fs/promises";
import { nodeError } from "../errors.ts";

/** The largest file a command reads: 256 MiB, the limit of an evidence bundle. */
const MAX_INPUT_BYTES = 256 * 1024 * 1024;

/** @throws FILE_UNREADABLE, FILE_TOO_LARGE */
export async function readInput(path: string): Promise<Uint8Array> {
  let sizeBytes: number;
  try {
    sizeBytes = (await stat(path)).size;
    if (sizeBytes <= MAX_INPUT_BYTES) return await readFile(path);
  } catch (cause) {
    throw nodeError(
      "FILE_UNREADABLE",
      { path, reason: cause instanceof Error ? cause.message : String(cause) },
      { cause },
    );
  }
  throw nodeError("FILE_TOO_LARGE", { path, sizeBytes, maxBytes: MAX_INPUT_BYTES });
}
