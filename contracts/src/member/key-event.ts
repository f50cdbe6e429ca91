import { z } from "zod";
import { contractError } from "../errors.ts";
import { did, hash32, keyId, line, logNumber, origin, publicKey32 } from "../schema/fields.ts";
import { parseOr } from "../schema/findings.ts";

/** `typ` of the JWS by which a member signs its own key event. */
export const KEY_EVENT_TYP = "tallystick-key-event+jws";

/** A key for one use, with the id by which signatures name it. */
export interface NamedKey {
  /** DID with a fragment. */
  readonly kid: string;
  /** base64url of the raw 32 bytes. */
  readonly key: string;
}

/** A public identifier of the organisation: `lei`, `gln`, `vat`, `duns`. */
export interface Identifier {
  readonly scheme: "lei" | "gln" | "vat" | "duns";
  readonly value: string;
}

/**
 * What a member says of itself and its keys (docs/protocol.md, KEY-2 and KEY-3). Signed by its attesting key, which proves
 * possession; it stands in the members log inside a change that the maintainers approved.
 */
export interface KeyEvent {
  readonly v: 1;
  readonly member: string;
  readonly name: string;
  /** Origin of the member's feed. */
  readonly origin: string;
  /** 0 for the first event of this member. */
  readonly sequence: number;
  /** Leaf hash of this member's event before, base64; "" for the first. */
  readonly previous: string;
  readonly keys: {
    /** 1 to 8 keys, each with an id of this member. */
    readonly attest: readonly NamedKey[];
    /** Signs the feed's checkpoints. */
    readonly checkpoint: string;
    /** Proves the member at the end of a connection. */
    readonly transport: string;
  };
  /** SHA-256 of each key that may attest next, base64: kept off the node until then. */
  readonly next: readonly string[];
  /** How many attesting keys must sign the next event. */
  readonly threshold: number;
  readonly grants: readonly "attest-by-log"[];
  readonly identifiers: readonly Identifier[];
}

const keyEventSchema: z.ZodType<KeyEvent> = z
  .strictObject({
    v: z.literal(1),
    member: did,
    name: line(120),
    origin,
    sequence: logNumber,
    previous: z.union([z.literal(""), hash32]),
    keys: z.strictObject({
      attest: z
        .array(z.strictObject({ kid: keyId, key: publicKey32 }))
        .min(1)
        .max(8),
      checkpoint: publicKey32,
      transport: publicKey32,
    }),
    next: z.array(hash32).min(1).max(8),
    threshold: z.int().min(1).max(8),
    grants: z.array(z.literal("attest-by-log")).max(1),
    identifiers: z.array(z.strictObject({ scheme: z.enum(["lei", "gln", "vat", "duns"]), value: line(40) })).max(16),
  })
  .superRefine((event, context) => {
    const fault = (path: string, message: string): void =>
      context.addIssue({ code: "custom", path: path.split("."), message });
    const { attest, checkpoint, transport } = event.keys;
    const keys = [...attest.map(({ key }) => key), checkpoint, transport];
    if (new Set(keys).size !== keys.length) fault("keys", "key-use: one key has two uses");
    if (attest.some(({ kid }) => !kid.startsWith(`${event.member}#`)))
      fault("keys.attest", "key-id: not an id of this member");
    if (new Set(attest.map(({ kid }) => kid)).size !== attest.length) fault("keys.attest", "key-id: occurs twice");
    if ((event.sequence === 0) !== (event.previous === ""))
      fault("previous", "previous: only the first event has none");
    if (event.threshold > event.next.length) fault("threshold", "threshold: more than there are next keys");
  });

/** @throws KEY_EVENT_INVALID */
export function parseKeyEvent(value: unknown): KeyEvent {
  return parseOr(keyEventSchema, value, (issues) => contractError("KEY_EVENT_INVALID", { issues }));
}
