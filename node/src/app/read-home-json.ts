import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { nodeError } from "../errors.ts";

/** What a file of a node's folder holds; undefined where there is none. @throws HOME_INVALID */
export async function readHomeJson<T>(home: string, file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(join(home, file), "utf8");
  } catch (cause) {
    if ((cause as { code?: string }).code === "ENOENT") return undefined;
    throw nodeError("HOME_INVALID", { path: home, reason: `${file} cannot be read` }, { cause });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw nodeError("HOME_INVALID", { path: home, reason: `${file} is not what was written there` }, { cause });
  }
}
