import { decodeUtf8, encodeBase64, formatBundleAsync, type JsonObject, type Signer } from "@tallystick/proto";
import { REGISTRY_LOGS } from "@tallystick/registry";
import { EvidenceIndex } from "../inventory/evidence-index.ts";
import type { EvidenceItem, Inventory, InventoryInput, MemberFault, RefusedEvidence } from "../inventory/inventory.ts";
import { dayShare } from "../inventory/period.ts";
import { BundleCheck } from "./bundle-check.ts";
import type { Claim } from "./claims.ts";
import type { EvidenceSources } from "./evidence-sources.ts";
import { FactorRowProofs } from "./factor-row-proofs.ts";
import { calculationClaim, faultClaim, ledgerLineClaim, refusedClaim, totalClaim } from "./inventory-claims.ts";
import { signManifest } from "./manifest.ts";
import { limitsOf } from "./not-checked.ts";
import { anchorOf, type TrustAnchor } from "./registry-proof.ts";
import { rowsToShow } from "./rows-to-show.ts";

/** Who signs a bundle. */
export interface Preparer {
  readonly did: string;
  /** The member's attest key and its id. */
  readonly kid: string;
  readonly key: Signer;
  /** ISO 8601 instant by the preparer's clock. */
  readonly preparedAt: string;
  /** Name and version of the software. */
  readonly software: string;
}

/** Two notes by which a member was seen to fork its log. */
export interface ForkEvidence {
  readonly origin: string;
  readonly notes: readonly [string, string];
}

export interface ProveRequest {
  readonly input: InventoryInput;
  readonly trust: TrustAnchor;
  readonly sources: EvidenceSources;
  readonly preparer: Preparer;
  readonly forks?: readonly ForkEvidence[];
}

/** A bundle and the inventory that it proves. */
export interface ProvenInventory {
  readonly bytes: Uint8Array;
  readonly inventory: Inventory;
}

/** Most leaves in one claim: well under the largest line of a bundle. */
const LEAVES_PER_CLAIM = 4096;

/**
 * Writes the evidence bundle of an inventory. Each claim goes through the verifier's own checks before it is written,
 * and the figures are computed from what those checks let through; so evidence whose feed has become final since is
 * final here.
 *
 * @throws EVIDENCE_NOT_HELD, and the code of any claim that would not verify
 */
export async function proveInventory(request: ProveRequest): Promise<ProvenInventory> {
  const input = withinPeriod(request.input);
  const writer = new ClaimWriter(request.trust);
  await addRegistry(writer, request);
  writer.add({
    type: "policy",
    policy: { ...input.policy } as unknown as JsonObject,
    registryStale: input.registryStale,
    ...(input.period === undefined ? {} : { period: input.period }),
  });
  await addFeeds(writer, { ...request, input });
  for (const refused of [...input.refused, ...disputedEvidence(input)]) writer.add(refusedClaim(refused));
  for (const fault of [...input.faults, ...shownFaults(input)]) writer.add(faultClaim(fault));
  for (const { origin, notes } of request.forks ?? []) writer.add({ type: "fork-proof", origin, notes: [...notes] });
  await addFactorRows(writer, input);
  const ledger = new Map(input.ledger.map((line) => [line.id, line]));
  for (const [, line] of [...ledger].sort(byKey)) writer.add(ledgerLineClaim(line));
  const inventory = writer.check.inventory();
  for (const result of inventory.lines) writer.add(calculationClaim(result));
  writer.add(totalClaim(inventory));
  for (const { what, why } of limitsOf(writer.check)) writer.add({ type: "not-checked", what, why });
  writer.check.finish();
  return { bytes: await writer.format(request.preparer), inventory };
}

/** Of the ledger, only what the period has a day of: nothing else is shown. */
function withinPeriod(input: InventoryInput): InventoryInput {
  const { period, ledger } = input;
  if (period === undefined) return input;
  return { ...input, ledger: ledger.filter((line) => dayShare(line, period) !== undefined) };
}

/** Collects claims that hold. */
class ClaimWriter {
  readonly check: BundleCheck;
  readonly #claims: JsonObject[] = [];

  constructor(trust: TrustAnchor) {
    this.check = new BundleCheck(trust);
  }

  add(claim: Claim): void {
    this.check.take(claim);
    this.#claims.push(claim as unknown as JsonObject);
  }

  format({ did, kid, key, preparedAt, software }: Preparer): Promise<Uint8Array> {
    return formatBundleAsync(this.#claims, (bundle) =>
      signManifest({ v: 1, bundle: encodeBase64(bundle), preparer: did, preparedAt, software }, kid, key),
    );
  }
}

async function addRegistry(writer: ClaimWriter, { trust, sources }: ProveRequest): Promise<void> {
  const { logs } = trust;
  writer.add({ type: "anchor", ...anchorOf(trust) });
  for (const log of REGISTRY_LOGS) {
    const { note, entries } = await sources.registryLog(log);
    writer.add({ type: "checkpoint", origin: logs[log].origin, note });
    for (const [index, entry] of entries.entries()) {
      writer.add({ type: "registry-entry", log, index, entry: decodeUtf8(entry) });
    }
  }
}

async function addFeeds(writer: ClaimWriter, { input, sources }: ProveRequest): Promise<void> {
  const feeds = usableEvidence(input);
  await addMembersTimes(
    writer,
    sources,
    feeds.map(([origin]) => origin),
  );
  for (const [origin, items] of feeds) {
    const { size, note } = await sources.feedCheckpoint(origin);
    writer.add({ type: "checkpoint", origin, note });
    await addFeedTimes(writer, sources, origin, items);
    const firstUse = items[0]?.ref.index ?? size;
    let { hashes } = await sources.feedFrontier(origin, firstUse);
    for (let from = firstUse; from < size; ) {
      const to = Math.min(size, from + LEAVES_PER_CLAIM);
      const leaves = (await sources.feedLeaves(origin, from, to)).map(decodeUtf8);
      writer.add({ type: "leaves", origin, from, frontier: hashes.map(encodeBase64), leaves });
      if (to < size) ({ hashes } = await sources.feedFrontier(origin, to));
      from = to;
    }
    for (const { ref } of items) {
      const { jws, disclosures } = await sources.attestation(ref);
      writer.add({ type: "attestation", origin, index: ref.index, jws, disclosures: [...disclosures] });
    }
  }
}

/** When the keys of these feeds' owners ended that are out of use. */
async function addMembersTimes(writer: ClaimWriter, sources: EvidenceSources, feeds: readonly string[]): Promise<void> {
  const { registry } = writer.check;
  const ends = feeds.flatMap((origin) =>
    registry.requireMember(origin).keys.periods.flatMap(({ untilEntry }) => untilEntry ?? []),
  );
  const notes = new Set<string>();
  for (const entry of [...new Set(ends)].sort((a, b) => a - b)) {
    const note = await sources.membersFinalOver(entry);
    if (note !== undefined) notes.add(note);
  }
  for (const note of notes) writer.add({ type: "log-time", origin: registry.pin.origin, note });
}

/** When a quorum saw the entries whose keys are out of use. */
async function addFeedTimes(
  writer: ClaimWriter,
  sources: EvidenceSources,
  origin: string,
  items: readonly EvidenceItem[],
): Promise<void> {
  const { keys } = writer.check.registry.requireMember(origin);
  const notes = new Set<string>();
  for (const { ref, source } of items) {
    if (keys.attestKey(source.kid)?.untilEntry === undefined) continue;
    const note = await sources.feedFinalOver(origin, ref.index);
    if (note !== undefined) notes.add(note);
  }
  for (const note of notes) writer.add({ type: "log-time", origin, note });
}

/** What was accepted and is disputed, by name: no bundle counts it. */
function disputedEvidence({ ledger, evidence, retractions }: InventoryInput): readonly RefusedEvidence[] {
  const products = new Set(ledger.map((line) => line.productId));
  const disputed = new Map(
    retractions
      .filter(({ kind }) => kind === "disputed")
      .map((one) => [`${one.origin}#${one.targetIndex}`, one] as const),
  );
  const ended = new Set(
    retractions.filter(({ kind }) => kind !== "disputed").map((one) => `${one.origin}#${one.targetIndex}`),
  );
  return evidence.flatMap(({ ref: { origin, index }, member, footprint }) => {
    const by = disputed.get(`${origin}#${index}`);
    const isOfLedger = footprint.productIds.some((productId) => products.has(productId));
    if (by === undefined || ended.has(`${origin}#${index}`) || !isOfLedger) return [];
    const reason = `disputed: its key is in doubt by entry ${by.byIndex} of the members log`;
    return [{ member, origin, index, code: "ENTRY_DISPUTED", reason }];
  });
}

/**
 * The live evidence about any product of the ledger, by feed and then by index: also what no line rests on, so that
 * the verifier can see for itself that the best of it was chosen.
 */
function usableEvidence({ ledger, evidence, retractions }: InventoryInput): readonly [string, EvidenceItem[]][] {
  const products = new Set(ledger.map((line) => line.productId));
  const ended = new Set(retractions.map(({ origin, targetIndex }) => `${origin}#${targetIndex}`));
  const feeds = new Map<string, Map<number, EvidenceItem>>();
  for (const item of evidence) {
    const { origin, index } = item.ref;
    if (ended.has(`${origin}#${index}`)) continue;
    if (!item.footprint.productIds.some((productId) => products.has(productId))) continue;
    const feed = feeds.get(origin) ?? new Map<number, EvidenceItem>();
    feeds.set(origin, feed.set(index, item));
  }
  return [...feeds]
    .sort(byKey)
    .map(([origin, items]) => [origin, [...items.values()].sort((a, b) => a.ref.index - b.ref.index)]);
}

/** Faults that the evidence itself shows: also of entries that no bundle can carry, such as both sides of a fork. */
function shownFaults({ evidence, retractions }: InventoryInput): readonly MemberFault[] {
  const index = new EvidenceIndex();
  for (const retraction of retractions) index.retract(retraction);
  for (const item of evidence) index.add(item);
  return index.faults();
}

async function addFactorRows(writer: ClaimWriter, { factors, ledger }: InventoryInput): Promise<void> {
  for (const { table, rows } of rowsToShow(factors.tables, ledger)) {
    if (rows.length === 0) continue;
    const { id, version } = table.set;
    const proofs = new FactorRowProofs(table);
    for (const { index, row } of rows) {
      const path = (await proofs.path(index)).map(encodeBase64);
      writer.add({ type: "factor-row", set: { id, version }, index, row: { ...row } as unknown as JsonObject, path });
    }
  }
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
