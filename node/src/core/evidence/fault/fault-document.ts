import { canonicalJson, decodeUtf8, type JsonObject, parseCanonicalJson, utf8Encode } from "@tallystick/proto";
import { z } from "zod";
import { evidenceError } from "../evidence-errors.ts";

// A fault document: one JSON object in RFC 8785 form that shows, to anybody who has the network's trust file, what a member did.
// Shape only: what it proves is checked by verify-fault.ts and the file of its kind.

/** The `type` of a fault document, by which a file is recognised. */
export const FAULT_TYPE = "tallystick/fault/v1";
/** No fault document is larger. */
export const MAX_FAULT_BYTES: number = 32 * 1024 * 1024;

const index = z.int().min(0);
const base64 = z.string().max(88_000);
const hash = z.string().max(64);
const note = z.string().max(65_536);
const jws = z.string().max(262_144);
const path = z.array(hash).max(63);
const disclosures = z.array(z.string().max(16_384)).max(4_096);
/** A leaf (base64) with its inclusion path. */
const loggedLeaf = z.strictObject({ index, leaf: base64, path });
/** Leaves of the accused member's log under one checkpoint. */
const one = z.strictObject({ checkpoint: note, leaves: z.tuple([loggedLeaf]) });
const two = z.strictObject({ checkpoint: note, leaves: z.tuple([loggedLeaf, loggedLeaf]) });
/** Every leaf from `from` to the checkpoint, with the compact range before them. */
const range = z.strictObject({
  checkpoint: note,
  from: index,
  frontier: z.array(hash).max(64),
  leaves: z.array(base64).min(1).max(200_000),
});
/** What shows that a tag is one of the reporter's: both signatures of the agreement. */
const agreement = z.strictObject({ offer: jws, acceptance: jws });
const counter = index;

const exhibits = {
  withheld: z.strictObject({ kind: z.literal("withheld"), log: one, agreement, secret: hash }),
  "tag-reused": z.strictObject({ kind: z.literal("tag-reused"), log: two, agreement, secret: hash }),
  dropped: z.strictObject({ kind: z.literal("dropped"), log: range, agreement, routeKey: hash, counter }),
  reordered: z.strictObject({
    kind: z.literal("reordered"),
    log: two,
    agreement,
    routeKey: hash,
    counter,
    after: counter,
  }),
  altered: z.strictObject({ kind: z.literal("altered"), log: two, salt: hash, jws }),
  misaddressed: z.strictObject({ kind: z.literal("misaddressed"), log: two, salt: hash }),
  "false-disclosures": z.strictObject({ kind: z.literal("false-disclosures"), log: two, salt: hash, jws, disclosures }),
  "invalid-attestation": z.strictObject({
    kind: z.literal("invalid-attestation"),
    log: one,
    jws,
    /** What a verifier refuses the attestation with. */
    code: z.string().max(64),
  }),
  backdated: z.strictObject({ kind: z.literal("backdated"), log: one, jws, before: note }),
  "wrong-target": z.strictObject({ kind: z.literal("wrong-target"), log: z.union([one, two]) }),
  "malformed-leaf": z.strictObject({ kind: z.literal("malformed-leaf"), log: one }),
  "two-live": z.strictObject({
    kind: z.literal("two-live"),
    log: range,
    entries: z.tuple([z.strictObject({ index, jws }), z.strictObject({ index, jws })]),
  }),
  "rolled-back": z.strictObject({ kind: z.literal("rolled-back"), held: note, offered: note, path }),
  rewritten: z.strictObject({ kind: z.literal("rewritten"), held: note, offered: note, root: hash, path }),
  "bad-checkpoint": z.strictObject({ kind: z.literal("bad-checkpoint"), note }),
} as const;

type Exhibits = typeof exhibits;
export type FaultKind = keyof Exhibits;
/** What is laid open, by kind. */
export type Exhibit<K extends FaultKind = FaultKind> = { [P in K]: z.infer<Exhibits[P]> }[K];

const documentSchema = z.strictObject({
  type: z.literal(FAULT_TYPE),
  /** DID of the accused member, and the origin of its log. */
  member: z.string().min(1).max(256),
  origin: z.string().min(1).max(255),
  registry: z.strictObject({ note, entries: z.array(z.string().max(65_535)).min(1).max(200_000) }),
  exhibit: z.discriminatedUnion("kind", [
    exhibits.withheld,
    exhibits["tag-reused"],
    exhibits.dropped,
    exhibits.reordered,
    exhibits.altered,
    exhibits.misaddressed,
    exhibits["false-disclosures"],
    exhibits["invalid-attestation"],
    exhibits.backdated,
    exhibits["wrong-target"],
    exhibits["malformed-leaf"],
    exhibits["two-live"],
    exhibits["rolled-back"],
    exhibits.rewritten,
    exhibits["bad-checkpoint"],
  ]),
  /** Compact JWS by the reporter over all the rest. */
  report: jws,
});

export type FaultDocument = z.infer<typeof documentSchema>;
/** All of a fault document but the reporter's signature: what that signature is over. */
export type FaultStatement = Omit<FaultDocument, "report">;

/** The bytes of the file. */
export function formatFault(document: FaultDocument): Uint8Array {
  return utf8Encode(canonicalJson(document as unknown as JsonObject));
}

/** The bytes that the reporter signs the SHA-256 of. */
export function statementBytes({ type, member, origin, registry, exhibit }: FaultStatement): Uint8Array {
  return utf8Encode(canonicalJson({ type, member, origin, registry, exhibit } as unknown as JsonObject));
}

/** @throws FAULT_MALFORMED, JSON_NOT_CANONICAL, UTF8_INVALID */
export function parseFault(bytes: Uint8Array): FaultDocument {
  if (bytes.length > MAX_FAULT_BYTES) {
    throw evidenceError("FAULT_MALFORMED", { issues: [{ path: "", message: `over ${MAX_FAULT_BYTES} bytes` }] });
  }
  const parsed = documentSchema.safeParse(parseCanonicalJson(decodeUtf8(bytes)));
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 20).map(({ path: at, message }) => ({ path: at.join("."), message }));
  throw evidenceError("FAULT_MALFORMED", { issues });
}
