import { parseJson } from "../core/parse-json.ts";
import { nodeError } from "../errors.ts";

/** The JSON of a file that was read. @throws FILE_UNREADABLE */
export function parseJsonFile(path: string, content: Uint8Array): unknown {
  try {
    return parseJson(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch (cause) {
    const reason = cause instanceof TypeError ? "not UTF-8" : `not JSON: ${(cause as Error).message}`;
    throw nodeError("FILE_UNREADABLE", { path, reason }, { cause });
  }
}
