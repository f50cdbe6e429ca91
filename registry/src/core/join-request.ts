import type { KeyEvent } from "@tallystick/contracts";
import { z } from "zod";
import { registryError } from "../errors.ts";
import { readKeyEvent } from "./read-key-event.ts";

/** What an applicant hands to the operator (`join-request.json`). */
export interface JoinRequest {
  readonly v: 1;
  /** Compact JWS of its first key event. */
  readonly event: string;
  /** The same payload signed by each further attesting key that the event names. */
  readonly cosignatures?: readonly string[];
}

const joinRequestSchema: z.ZodType<JoinRequest> = z.strictObject({
  v: z.literal(1),
  event: z.string().max(32_768),
  cosignatures: z.array(z.string().max(32_768)).min(1).max(7).exactOptional(),
});

/**
 * Reads an application and checks that its sender holds the attesting keys it names.
 *
 * @throws JOIN_REQUEST_INVALID, KEY_EVENT_INVALID, JWS_MALFORMED, SIGNATURE_INVALID, KEY_NOT_ADMISSIBLE
 */
export function parseJoinRequest(value: unknown): { readonly request: JoinRequest; readonly event: KeyEvent } {
  const read = parseKeyEventRequest(value);
  if (read.event.sequence !== 0) throw registryError("JOIN_REQUEST_INVALID", { reason: "not a first key event" });
  return read;
}

/**
 * Reads a request to publish a key event, of a member or of one to be (`key-event-request.json`), and checks that its sender holds the
 * attesting keys it names.
 *
 * @throws as `parseJoinRequest`
 */
export function parseKeyEventRequest(value: unknown): { readonly request: JoinRequest; readonly event: KeyEvent } {
  const parsed = joinRequestSchema.safeParse(value);
  if (!parsed.success) throw registryError("JOIN_REQUEST_INVALID", { reason: "not {v: 1, event, cosignatures?}" });
  return { request: parsed.data, event: readKeyEvent(parsed.data.event, parsed.data.cosignatures) };
}
