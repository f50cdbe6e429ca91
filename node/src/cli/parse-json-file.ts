import { nodeError } from "../errors.ts";

/** The JSON of a file that was read. @throws FILE_UNREADABLE */
export function parseJsonFile(path: string, content: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch (cause) {
    throw nodeError("FILE_UNREADABLE", { path, reason: "not JSON" }, { cause });
  }
}
