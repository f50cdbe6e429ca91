import { encodeBase64 } from "./base64.ts";
import { protoError } from "./errors.ts";
import { utf8DecodeStrict, utf8Encode } from "./platform.ts";
import { readBase64, readNatural } from "./text-fields.ts";

/** The first line of every leaf of a member's log (docs/protocol.md, section 4). */
const LEAF_HEADER = "tallystick/leaf/v1";
/** No record is longer: the longest, an `alloc`, has under 300 bytes. */
const MAX_LEAF_BYTES = 512;

// Hashes and commitments are 32 bytes, route and batch tags 16. `jwsHash` is SHA-256 of a compact JWS (hashJws).

/** A footprint: the hash of its attestation. */
export interface AttestLeaf {
  readonly kind: "attest";
  readonly jwsHash: Uint8Array;
}
/** An attestation addressed to one buyer, whom only she recognises (route-tag.ts, commitment.ts). */
export interface DeliverLeaf {
  readonly kind: "deliver";
  readonly routeTag: Uint8Array;
  readonly commitment: Uint8Array;
}
/** A new attestation in place of an earlier `attest` or `supersede` leaf. */
export interface SupersedeLeaf {
  readonly kind: "supersede";
  readonly jwsHash: Uint8Array;
  readonly targetIndex: number;
}
/** The end of an earlier `attest` or `supersede` leaf: the hash of the signed revocation. */
export interface RevokeLeaf {
  readonly kind: "revoke";
  readonly jwsHash: Uint8Array;
  readonly targetIndex: number;
}
/** A batch of goods, whose statement fixes the random tag. */
export interface BatchLeaf {
  readonly kind: "batch";
  readonly jwsHash: Uint8Array;
  readonly batchTag: Uint8Array;
}
/** The n-th allocation from a batch (n >= 1), with commitments to the running balance (commitBalance). */
export interface AllocLeaf {
  readonly kind: "alloc";
  readonly jwsHash: Uint8Array;
  readonly batchTag: Uint8Array;
  readonly n: number;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}
/** A buyer's acceptance of an allocation. */
export interface ReceiptLeaf {
  readonly kind: "receipt";
  readonly jwsHash: Uint8Array;
}
/** An assurer's statement that every allocation from the batch was summed. */
export interface CloseLeaf {
  readonly kind: "close";
  readonly jwsHash: Uint8Array;
  readonly batchTag: Uint8Array;
}

/** An entry of a member's log: what anyone may read of it. */
export type Leaf =
  | AttestLeaf
  | DeliverLeaf
  | SupersedeLeaf
  | RevokeLeaf
  | BatchLeaf
  | AllocLeaf
  | ReceiptLeaf
  | CloseLeaf;

export type LeafKind = Leaf["kind"];

type Field = "hash" | "tag" | "index" | "count";

/** The lines after the kind, in order. */
const LAYOUT: {
  readonly [K in LeafKind]: { readonly [F in Exclude<keyof Extract<Leaf, { kind: K }>, "kind">]: Field };
} = {
  attest: { jwsHash: "hash" },
  deliver: { routeTag: "tag", commitment: "hash" },
  supersede: { jwsHash: "hash", targetIndex: "index" },
  revoke: { jwsHash: "hash", targetIndex: "index" },
  batch: { jwsHash: "hash", batchTag: "tag" },
  alloc: { jwsHash: "hash", batchTag: "tag", n: "count", before: "hash", after: "hash" },
  receipt: { jwsHash: "hash" },
  close: { jwsHash: "hash", batchTag: "tag" },
};

const FIELDS = Object.fromEntries(
  Object.entries(LAYOUT).map(([kind, layout]) => [kind, Object.entries<Field>(layout)]),
) as unknown as Readonly<Record<LeafKind, readonly (readonly [string, Field])[]>>;

const BYTES = { hash: 32, tag: 16 } as const;

const malformed = (reason: string) => protoError("LEAF_MALFORMED", { reason });

/** The record's bytes. @throws LEAF_MALFORMED where a field has another length or is out of range. */
export function formatLeaf(leaf: Leaf): Uint8Array {
  const values = leaf as unknown as Readonly<Record<string, unknown>>;
  const lines = FIELDS[leaf.kind].map(([name, field]) => {
    const value = values[name];
    if (field === "hash" || field === "tag") {
      if (!(value instanceof Uint8Array) || value.length !== BYTES[field])
        throw malformed(`${name} has another length`);
      return encodeBase64(value);
    }
    if (!Number.isSafeInteger(value) || (value as number) < lowest(field)) throw malformed(`${name} is out of range`);
    return String(value);
  });
  return utf8Encode(`${[LEAF_HEADER, leaf.kind, ...lines].join("\n")}\n`);
}

/** @throws LEAF_MALFORMED unless the bytes are a record of a known kind, spelled as formatLeaf spells it. */
export function parseLeaf(bytes: Uint8Array): Leaf {
  if (bytes.length > MAX_LEAF_BYTES) throw malformed("too long");
  const [header, kind, ...lines] = utf8DecodeStrict(bytes)?.split("\n") ?? [];
  if (header !== LEAF_HEADER) throw malformed("another header");
  if (kind === undefined || !Object.hasOwn(LAYOUT, kind)) throw malformed("an unknown kind");
  const fields = FIELDS[kind as LeafKind];
  const leaf: Record<string, unknown> = { kind };
  for (let at = 0; at < fields.length; at++) {
    const [name, field] = fields[at] as readonly [string, Field];
    const value = field === "hash" || field === "tag" ? readBase64(lines[at], BYTES[field]) : readNatural(lines[at]);
    if (value === undefined) throw malformed(`${name} is not canonical`);
    if (field === "count" && (value as number) < lowest(field)) throw malformed(`${name} is out of range`);
    leaf[name] = value;
  }
  // Each line has one spelling; what is left is that nothing stands behind the last and that its newline does.
  if (lines.length !== fields.length + 1 || lines.at(-1) !== "") throw malformed("not canonical");
  return leaf as unknown as Leaf;
}

function lowest(field: "index" | "count"): number {
  return field === "count" ? 1 : 0;
}
