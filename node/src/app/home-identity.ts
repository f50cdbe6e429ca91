import { KEY_EVENT_TYP, type KeyEvent, parseKeyEvent } from "@tallystick/contracts";
import { isTallyError, parseJws } from "@tallystick/proto";
import { parseTrust, type Trust } from "@tallystick/registry";
import { z } from "zod";
import { nodeError } from "../errors.ts";
import { readHomeJson } from "./read-home-json.ts";

/** What a node's folder says of it without any key being read. */
export interface HomeIdentity {
  readonly did: string;
  readonly origin: string;
  readonly trust: Trust;
  /** The key event by which it joined, where the folder still has it. */
  readonly firstEvent: KeyEvent | undefined;
}

const identitySchema = z.object({ did: z.string(), origin: z.string() });
const joinRequestSchema = z.object({ event: z.string() });

/** @throws HOME_MISSING, HOME_INVALID, TRUST_INVALID */
export async function readHomeIdentity(path: string): Promise<HomeIdentity> {
  const identity = await readHomeJson(path, "identity.json", identitySchema);
  if (identity === undefined) throw nodeError("HOME_MISSING", { path });
  const trust = await readHomeJson(path, "network.json", z.unknown());
  const request = await readHomeJson(path, "join-request.json", joinRequestSchema);
  return { ...identity, trust: parseTrust(trust), firstEvent: request && firstEventOf(request.event) };
}

function firstEventOf(jws: string): KeyEvent | undefined {
  try {
    return parseKeyEvent(parseJws(jws, KEY_EVENT_TYP).payload);
  } catch (error) {
    if (!isTallyError(error)) throw error;
    return undefined;
  }
}
