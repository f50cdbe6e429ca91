import { decodeBase64url, encodeBase64, sha256 } from "@tallystick/proto";
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

/** Says of keys that somebody else may have had them: what they signed from `since` on counts no more until it is attested again. */
export interface Compromise {
  /** Unix seconds: the earliest moment at which another may have used the keys. What witnesses saw before it stays valid. */
  readonly since: number;
  /** Ids of attesting keys, or `<did>#checkpoint`, `<did>#transport`, `<did>#witness` for the key of that use in the event before. */
  readonly kids: readonly string[];
  readonly reason: string;
}

/** Fragments of ids that name the one key of a use; no attesting key has such an id. */
export const SINGLE_KEY_USES = ["checkpoint", "transport", "witness"] as const;
export type SingleKeyUse = (typeof SINGLE_KEY_USES)[number];

/**
 * What a member says of itself and its keys (docs/protocol.md, KEY-2, KEY-3, KEY-5 to KEY-7). Signed by its attesting key, which proves
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
    /** Cosigns other members' checkpoints, where the member is a witness. */
    readonly witness?: string;
  };
  /** SHA-256 of each key that may attest next, base64: kept off the node until then. */
  readonly next: readonly string[];
  /** How many attesting keys must sign the next event. */
  readonly threshold: number;
  /** `attest-by-log`: from this event on, each leaf under the member's checkpoint binds it as issuer. */
  readonly grants: readonly "attest-by-log"[];
  readonly identifiers: readonly Identifier[];
  /** Which keys that were in use before this event are not trusted back to when. */
  readonly compromise?: Compromise;
  /** The feed at `origin` takes no more entries; this origin is the member's feed from this event on. */
  readonly successor?: string;
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
      witness: publicKey32.exactOptional(),
    }),
    next: z.array(hash32).min(1).max(8),
    threshold: z.int().min(1).max(8),
    grants: z.array(z.literal("attest-by-log")).max(1),
    identifiers: z.array(z.strictObject({ scheme: z.enum(["lei", "gln", "vat", "duns"]), value: line(40) })).max(16),
    compromise: z
      .strictObject({ since: logNumber, kids: z.array(keyId).min(1).max(11), reason: line(200) })
      .exactOptional(),
    successor: origin.exactOptional(),
  })
  .superRefine((event, context) => {
    const fault = (path: string, message: string): void =>
      context.addIssue({ code: "custom", path: path.split("."), message });
    const { attest } = event.keys;
    const keys = keysOf(event);
    if (new Set(keys).size !== keys.length) fault("keys", "key-use: one key has two uses");
    if (attest.some(({ kid }) => !kid.startsWith(`${event.member}#`)))
      fault("keys.attest", "key-id: not an id of this member");
    if (attest.some(({ kid }) => singleUseOf(event.member, kid) !== undefined))
      fault("keys.attest", "key-id: the id of a key of another use");
    if (new Set(attest.map(({ kid }) => kid)).size !== attest.length) fault("keys.attest", "key-id: occurs twice");
    if ((event.sequence === 0) !== (event.previous === ""))
      fault("previous", "previous: only the first event has none");
    if (event.threshold > event.next.length) fault("threshold", "threshold: more than there are next keys");
    if (new Set(event.next).size !== event.next.length) fault("next", "next: one key is committed to twice");
    // Refinements run on what the schema refused too.
    const inUse = new Set(keys.filter((key) => publicKey32.safeParse(key).success).map(commitRawKey));
    if (event.next.some((hash) => inUse.has(hash))) fault("next", "next: a key in use is committed to");
    if (event.successor === event.origin) fault("successor", "successor: a feed does not succeed itself");
    if (event.sequence === 0 && event.successor !== undefined)
      fault("successor", "successor: a first event retires no feed");
    checkCompromise(event, fault);
  });

function checkCompromise(
  { member, sequence, keys, compromise }: KeyEvent,
  fault: (path: string, message: string) => void,
) {
  if (compromise === undefined) return;
  const { kids } = compromise;
  if (sequence === 0) fault("compromise", "compromise: a first event has no keys before it");
  if (new Set(kids).size !== kids.length) fault("compromise.kids", "compromise: a key is named twice");
  if (kids.some((kid) => !kid.startsWith(`${member}#`)))
    fault("compromise.kids", "compromise: not an id of this member");
  if (keys.attest.some(({ kid }) => kids.includes(kid)))
    fault("compromise.kids", "compromise: a key of this event is named");
}

/** Every key that an event names, whatever its use: base64url of the raw 32 bytes. */
export function keysOf({ keys }: KeyEvent): string[] {
  const { attest, checkpoint, transport, witness } = keys;
  return [...attest.map(({ key }) => key), checkpoint, transport, ...(witness === undefined ? [] : [witness])];
}

/** The use that an id like `<did>#checkpoint` names; undefined for the id of an attesting key. */
export function singleUseOf(did: string, kid: string): SingleKeyUse | undefined {
  return SINGLE_KEY_USES.find((use) => kid === `${did}#${use}`);
}

/** The commitment to a next key: base64 of the SHA-256 of its raw bytes. @param key base64url of the raw 32 bytes */
export function commitRawKey(key: string): string {
  return encodeBase64(sha256(decodeBase64url(key)));
}

/** @throws KEY_EVENT_INVALID */
export function parseKeyEvent(value: unknown): KeyEvent {
  return parseOr(keyEventSchema, value, (issues) => contractError("KEY_EVENT_INVALID", { issues }));
}
