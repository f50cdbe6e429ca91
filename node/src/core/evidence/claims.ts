import type { JsonObject } from "@tallystick/proto";
import { FALLBACK_STEPS, REGISTRY_LOGS } from "@tallystick/registry";
import { z } from "zod";
import { METHODS_OF_EVIDENCE } from "../inventory/inventory-policy.ts";
import { evidenceError } from "./evidence-errors.ts";

// The bodies of the claims in an evidence bundle. Shape only: what a claim means is checked by verify.ts.

const size = z.int().min(0);
const base64 = z.string().max(4096);
const did = z.string().min(1).max(2048);
const origin = z.string().min(1).max(255);
const text = z.string().max(4 * 1024 * 1024);
const setId = z.strictObject({ id: z.string().min(1).max(200), version: z.string().min(1).max(64) });
const logAnchor = z.strictObject({ origin, vkey: z.string().max(1024) });
const method = z.enum(METHODS_OF_EVIDENCE);
/** A row by its place, and the fallback steps by which it was selected; none is EXACT. */
const factor = z.strictObject({ set: setId, index: size, key: z.string(), steps: z.array(z.enum(FALLBACK_STEPS)) });
const document = z.record(z.string(), z.json());

/** What the whole bundle hangs from: the registry's logs with their keys, and the leaf hash of its first members entry. */
const anchor = z.strictObject({
  type: z.literal("anchor"),
  logs: z.strictObject({ members: logAnchor, contracts: logAnchor, factors: logAnchor }),
  genesis: base64,
});

/** The latest signed note of a log; the leaves of that log follow up to its size. */
const checkpoint = z.strictObject({ type: z.literal("checkpoint"), origin, note: text });

/**
 * An earlier note of the members log or of a feed that a quorum cosigned: the time of what is below it. One of a feed comes before the leaves
 * that lead to its size.
 */
const logTime = z.strictObject({ type: z.literal("log-time"), origin, note: text });

/** One entry of a registry log; they follow each other from 0 to the log's checkpoint, members first. */
const registryEntry = z.strictObject({
  type: z.literal("registry-entry"),
  log: z.enum(REGISTRY_LOGS),
  index: size,
  entry: text,
});

/** Leaves of a feed from `from`, with the compact range before them. The last reach the feed's checkpoint. */
const leaves = z.strictObject({
  type: z.literal("leaves"),
  origin,
  from: size,
  frontier: z.array(base64).max(64),
  leaves: z.array(text).min(1),
});

/** An attestation at its place in a feed. `disclosures` are those that the preparer was given. */
const attestation = z.strictObject({
  type: z.literal("attestation"),
  origin,
  index: size,
  jws: text,
  disclosures: z.array(text).max(10_000),
});

/** A row of a factor set with its inclusion in the set's rows root. */
const factorRow = z.strictObject({
  type: z.literal("factor-row"),
  set: setId,
  index: size,
  row: document,
  path: z.array(base64).max(64),
});

const period = z.strictObject({ name: z.string().min(1).max(80), start: z.string().max(10), end: z.string().max(10) });

/**
 * The policy that decided what counts, and whether the preparer's copy of the registry was older than it allows. With a period, the
 * inventory is of its days: a line that reaches beyond it counts by its days in it.
 */
const policy = z.strictObject({
  type: z.literal("policy"),
  policy: document,
  registryStale: z.boolean(),
  period: period.exactOptional(),
});

/** What the preparer found about a member: evidence it refused, or a fault it saw. Its word, not a proof. */
const verdict = z.discriminatedUnion("verdict", [
  z.strictObject({
    type: z.literal("verdict"),
    verdict: z.literal("refused"),
    member: did,
    origin,
    index: size.optional(),
    code: z.string().max(100),
    reason: z.string().max(4096),
  }),
  z.strictObject({
    type: z.literal("verdict"),
    verdict: z.literal("fault"),
    member: did,
    kind: z.string().max(100),
    caughtBy: z.string().max(200),
    detail: z.string().max(4096),
  }),
]);

/** Two notes signed by one log that cannot both be true: proof of a fork. */
const forkProof = z.strictObject({ type: z.literal("fork-proof"), origin, notes: z.tuple([text, text]) });

const ledgerLine = z.strictObject({ type: z.literal("ledger-line"), line: document });

/** The part of a line that a period has: its days from after `before` to `upTo`, of all, and its figure. */
const inPeriod = z.strictObject({ before: size, upTo: size, of: size, kgCo2e: z.string() });

/** The figure of one ledger line, all of it, and what it rests on. */
const calculation = z.discriminatedUnion("method", [
  z.strictObject({
    type: z.literal("calculation"),
    line: z.string(),
    method: z.literal("supplier-specific"),
    kgCo2e: z.string(),
    inPeriod: inPeriod.exactOptional(),
    formula: z.string(),
    final: z.boolean(),
    evidence: z.strictObject({ origin, index: size, leaf: base64 }),
  }),
  z.strictObject({
    type: z.literal("calculation"),
    line: z.string(),
    method: z.enum(["average-data", "spend-based"]),
    kgCo2e: z.string(),
    inPeriod: inPeriod.exactOptional(),
    formula: z.string(),
    factor,
  }),
  z.strictObject({
    type: z.literal("calculation"),
    line: z.string(),
    method: z.literal("reported-emissions"),
    kgCo2e: z.string(),
    inPeriod: inPeriod.exactOptional(),
    formula: z.string(),
  }),
  z.strictObject({
    type: z.literal("calculation"),
    line: z.string(),
    method: z.literal("hybrid"),
    kgCo2e: z.string(),
    inPeriod: inPeriod.exactOptional(),
    formula: z.string(),
    components: z.array(z.strictObject({ id: z.string(), kgCo2e: z.string(), factor: factor.optional() })).max(1_000),
  }),
  z.strictObject({ type: z.literal("calculation"), line: z.string(), method: z.literal("unsupported") }),
]);

const sums = z.record(z.string(), z.string());

/** The result: the figures of an inventory document. */
const total = z.strictObject({
  type: z.literal("total"),
  period: period.exactOptional(),
  totalKgCo2e: z.string(),
  finalKgCo2e: z.string(),
  provisionalKgCo2e: z.string(),
  byCategory: sums,
  bySupplier: sums,
  byMethod: z.record(method.or(z.literal("unsupported")), document),
  coverage: document,
  confidence: document,
  apart: document,
  gases: document,
  uncertainty: document,
});

/** Something a reader might take for shown and that is not. */
const notChecked = z.strictObject({
  type: z.literal("not-checked"),
  what: z.string().min(1).max(1000),
  why: z.string().min(1).max(4096),
});

const schemas = {
  anchor,
  checkpoint,
  "log-time": logTime,
  "registry-entry": registryEntry,
  leaves,
  attestation,
  "factor-row": factorRow,
  policy,
  verdict,
  "fork-proof": forkProof,
  "ledger-line": ledgerLine,
  calculation,
  total,
  "not-checked": notChecked,
} as const satisfies Record<string, z.ZodType>;

type Schemas = typeof schemas;
export type ClaimType = keyof Schemas;
/** The body of a claim by its type. */
export type Claim<T extends ClaimType = ClaimType> = { [K in T]: z.infer<Schemas[K]> }[T];

/** @throws CLAIM_MALFORMED, CLAIM_NOT_SUPPORTED */
export function parseClaim(body: JsonObject): Claim {
  const type = String(body.type);
  if (!Object.hasOwn(schemas, type)) throw evidenceError("CLAIM_NOT_SUPPORTED", { type });
  const parsed = schemas[type as ClaimType].safeParse(body);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
  throw evidenceError("CLAIM_MALFORMED", { issues });
}

/** What a claim is about, in a few words, for a reader of a refusal. */
export function aboutClaim(body: JsonObject): string {
  const subject = [body.origin, body.log, body.index, body.line, body.what, body.member];
  const set = body.set as { id?: string; version?: string } | undefined;
  const named = subject.map((part) => {
    if (typeof part === "object" && part !== null && "id" in part) return part.id;
    return part;
  });
  if (set !== undefined) named.unshift(`${set.id}@${set.version}`);
  return named
    .filter((part) => typeof part === "string" || typeof part === "number")
    .join(" ")
    .slice(0, 300);
}
