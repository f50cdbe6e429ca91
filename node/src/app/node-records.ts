import { encodeBase64url, utf8Encode } from "@tallystick/proto";
import { endOfPrefix, type KeyRange, registryError, type Store, type WriteOp } from "@tallystick/registry";
import { z } from "zod";

// Where a node's own records lie in its store, and their form. Logs have their own prefixes: log/feed and log/journal.

const pad = (index: number): string => String(index).padStart(12, "0");
/** Ids of members and lines may hold what a key may not. */
const text = (id: string): string => encodeBase64url(utf8Encode(id));

export const FEED_PREFIX = "log/feed";
export const JOURNAL_PREFIX = "log/journal";

export const keys = {
  access: (number: number): string => `access/${pad(number)}`,
  accesses: "access/",
  publication: (index: number): string => `own/publication/${pad(index)}`,
  publications: "own/publication/",
  delivery: (index: number): string => `own/delivery/${pad(index)}`,
  deliveries: "own/delivery/",
  sale: (buyer: string): string => `agreement/sale/${text(buyer)}`,
  sales: "agreement/sale/",
  purchase: (supplier: string): string => `agreement/purchase/${text(supplier)}`,
  purchases: "agreement/purchase/",
  offer: (supplier: string): string => `agreement/offer/${text(supplier)}`,
  feedState: (origin: string): string => `follow/${text(origin)}/state`,
  feedLeaf: (origin: string, index: number): string => `follow/${text(origin)}/leaf/${pad(index)}`,
  feedNote: (origin: string, size: number): string => `follow/${text(origin)}/note/${pad(size)}`,
  attestation: (origin: string, index: number): string => `follow/${text(origin)}/attestation/${pad(index)}`,
  /** What cannot be judged before a quorum dates it: its key is out of use. */
  undated: (origin: string, index: number): string => `follow/${text(origin)}/undated/${pad(index)}`,
  undatedOf: (origin: string): string => `follow/${text(origin)}/undated/`,
  /** The member's last key event up to which what was accepted is judged by the keys of then. */
  keysReviewed: (origin: string): string => `follow/${text(origin)}/keys-reviewed`,
  /** Marks what was accepted and is disputed. */
  disputed: (origin: string, index: number): string => `follow/${text(origin)}/disputed/${pad(index)}`,
  attestations: (origin: string): string => `follow/${text(origin)}/attestation/`,
  feedNotes: (origin: string): string => `follow/${text(origin)}/note/`,
  /** What was handed over and refused, by the index that the verdict names. */
  exhibit: (origin: string, index: number): string => `follow/${text(origin)}/exhibit/${pad(index)}`,
  /** The checkpoint that was refused last. */
  offered: (origin: string): string => `follow/${text(origin)}/offered`,
  ledgerVersion: (sequence: number): string => `ledger-version/${pad(sequence)}`,
  ledgerVersions: "ledger-version/",
  /** Lines of the first format, one record a line. */
  undatedLines: "ledger/",
  policy: (kind: string, sequence: number): string => `policy/${kind}/${pad(sequence)}`,
  policies: (kind: string): string => `policy/${kind}/`,
  period: (start: string, end: string): string => `period/record/${start}..${end}`,
  periods: "period/record/",
  /** By the digest that signatures are over. */
  report: (digest: string): string => `period/report/${text(digest)}`,
} as const;

/** Every key under a prefix. */
export const under = (prefix: string): KeyRange => ({ gte: prefix, lt: endOfPrefix(prefix) });

const publicationSchema = z.strictObject({
  v: z.literal(1),
  /** `subjectKeys` of what it states. */
  subjects: z.array(z.string()).min(1),
  productId: z.string(),
  jws: z.string(),
  disclosures: z.array(z.string()),
  content: z.string(),
  supersedes: z.int().min(0).exactOptional(),
});
export type PublicationRecord = z.infer<typeof publicationSchema>;

const deliverySchema = z.strictObject({
  v: z.literal(1),
  buyer: z.string(),
  epoch: z.int().min(0),
  counter: z.int().min(0),
  targetIndex: z.int().min(0),
  salt: z.string(),
});
export type DeliveryRow = z.infer<typeof deliverySchema>;

const agreementSchema = z.strictObject({
  v: z.literal(1),
  partner: z.string(),
  offerJws: z.string(),
  acceptanceJws: z.string(),
  routeKey: z.string(),
  epoch: z.int().min(0),
  contract: z.string(),
  /** host:port; only in a purchase. */
  address: z.string().exactOptional(),
});
export type AgreementRecord = z.infer<typeof agreementSchema>;

/** An offer that was sent, or was about to be: sent again as it is until it is answered. */
const offerSchema = z.strictObject({ v: z.literal(1), offerJws: z.string(), routeKey: z.string() });

const attestationSchema = z.strictObject({
  v: z.literal(1),
  jws: z.string(),
  disclosures: z.array(z.string()),
  /**
   * Of what counted as covered: the key that its signature must be by (base64url), and the leaf that delivered it and its salt, to show
   * should it not hold.
   */
  covered: z.strictObject({ key: z.string(), deliveredAt: z.int().min(0), salt: z.string() }).exactOptional(),
});
export type AttestationRecord = z.infer<typeof attestationSchema>;

const undatedSchema = z.strictObject({
  v: z.literal(1),
  jws: z.string(),
  disclosures: z.array(z.string()),
  /** Leaf hash, base64. */
  leaf: z.string(),
  treeSize: z.int().min(0),
  deliveredAt: z.int().min(0),
  salt: z.string(),
  absentAtUnix: z.int().min(0).exactOptional(),
});

const keysReviewedSchema = z.strictObject({ v: z.literal(1), event: z.int().min(0) });

const exhibitSchema = z.strictObject({
  v: z.literal(1),
  /** Index of the leaf that it came with. */
  deliveredAt: z.int().min(0),
  salt: z.string(),
  targetIndex: z.int().min(0),
  jws: z.string(),
  disclosures: z.array(z.string()),
});
export type ExhibitRecord = z.infer<typeof exhibitSchema>;

const offeredSchema = z.strictObject({
  v: z.literal(1),
  note: z.string(),
  prefix: z.strictObject({ root: z.string(), path: z.array(z.string()).max(63) }).exactOptional(),
});

export const records = {
  publication: publicationSchema,
  delivery: deliverySchema,
  agreement: agreementSchema,
  offer: offerSchema,
  attestation: attestationSchema,
  undated: undatedSchema,
  keysReviewed: keysReviewedSchema,
  exhibit: exhibitSchema,
  offered: offeredSchema,
} as const;

export function putRecord(key: string, record: object): WriteOp {
  return { type: "put", key, value: utf8Encode(JSON.stringify(record)) };
}

/** @throws STORE_CORRUPT */
export function readRecord<T>(schema: z.ZodType<T>, key: string, value: Uint8Array): T {
  return readStored(key, () => schema.parse(JSON.parse(new TextDecoder().decode(value))));
}

/** What `read` makes of what is stored there; whatever it refuses, this node did not write. @throws STORE_CORRUPT */
export function readStored<T>(key: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw registryError("STORE_CORRUPT", { reason: `${key}: not the record that belongs there` }, { cause });
  }
}

export async function readAll<T>(store: Store, prefix: string, schema: z.ZodType<T>): Promise<[string, T][]> {
  const found: [string, T][] = [];
  for await (const [key, value] of store.entries(under(prefix))) found.push([key, readRecord(schema, key, value)]);
  return found;
}
