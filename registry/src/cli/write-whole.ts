import { open, rename, rm } from "node:fs/promises";

/** Writes beside the target and renames, so that an interrupted run leaves no half of a file. @returns its size in bytes */
export async function writeWhole(path: string, chunks: AsyncIterable<Uint8Array>, mode = 0o644): Promise<number> {
  const partial = `${path}.partial`;
  const file = await open(partial, "w", mode);
  let sizeBytes = 0;
  try {
    for await (const chunk of chunks) {
      await file.write(chunk);
      sizeBytes += chunk.length;
    }
    await file.sync();
    await file.close();
    await rename(partial, path);
    return sizeBytes;
  } catch (error) {
    await file.close();
    await rm(partial, { force: true });
    throw error;
  }
}
