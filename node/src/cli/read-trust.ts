import { isTallyError } from "@tallystick/proto";
import { parseTrust, type Trust } from "@tallystick/registry";
import { nodeError } from "../errors.ts";
import { readInput } from "./read-input.ts";

/** Reads the operator's network.json. @throws FILE_UNREADABLE, TRUST_INVALID, NETWORK_UNKNOWN where it is not JSON */
export async function readTrust(path: string): Promise<Trust> {
  const text = new TextDecoder().decode(await readInput(path));
  try {
    return parseTrust(JSON.parse(text));
  } catch (cause) {
    if (isTallyError(cause)) throw cause;
    throw nodeError("NETWORK_UNKNOWN", { path, reason: "not JSON" }, { cause });
  }
}
