import { existsSync } from "node:fs";
import {
  type FactorRow,
  type FactorSet,
  factorRowBytes,
  factorValue,
  formatExact,
  type RateSet,
  verifyFactorRow,
} from "@tallystick/contracts";
import {
  canonicalJson,
  encodeBase64,
  hashLeaf,
  inclusionProof,
  isTallyError,
  type JsonObject,
  merkleRoot,
  openCheckpoint,
  verifyInclusion,
} from "@tallystick/proto";
import type { RegisteredFactorSet } from "../core/registry-state.ts";
import type { RowProof } from "../core/row-proof.ts";
import { type Trust, trustedLogKey } from "../core/trust.ts";
import { registryError } from "../errors.ts";
import { diffSets, earlierRow, type SetDiff } from "../factors/diff-sets.ts";
import { parseSetName, setName } from "../factors/factor-version.ts";
import { formatSplit } from "../factors/format-split.ts";
import { splitChange } from "../factors/split-change.ts";
import { writeNew } from "./home-files.ts";
import type { RegistryAccess } from "./operate.ts";
import { type Proposal, proposalPath, readProposal } from "./proposal-files.ts";
import { newestRates } from "./propose-factors.ts";

/** @throws FACTOR_VERSION_UNKNOWN for what is no "id@version", or is not published */
export function requireVersion({ state }: RegistryAccess, name: string): RegisteredFactorSet {
  const named = parseSetName(name);
  const known = named && state.factorSet(named.id, named.version);
  if (known === undefined) throw registryError("FACTOR_VERSION_UNKNOWN", { set: name.slice(0, 120) });
  return known;
}

/** That an entry of the factors log published a version: an inclusion proof under a signed checkpoint. */
export interface EntryProof {
  readonly index: number;
  /** The entry, base64. */
  readonly leaf: string;
  /** Size and root (base64) of the log that the proof is under. */
  readonly size: number;
  readonly root: string;
  /** Base64, from the leaf up. */
  readonly proof: readonly string[];
  /** The signed note that says size and root. */
  readonly checkpoint: string;
}

/** The path from one of some leaves to the root of them all. */
function proofOf(leaves: readonly Uint8Array[], index: number): Promise<Uint8Array[]> {
  const hashes = leaves.map(hashLeaf);
  const read = (level: number, at: number): Uint8Array =>
    merkleRoot(hashes.slice(at * 2 ** level, (at + 1) * 2 ** level));
  return inclusionProof(read, index, hashes.length);
}

/** @throws LOG_ codes and NOTE_ codes where the registry's own note does not hold */
async function proveEntry(registry: RegistryAccess, trust: Trust, index: number): Promise<EntryProof> {
  const leaves = await registry.leavesOf("factors");
  const checkpoint = registry.noteOf("factors");
  const { treeSize, rootHash } = openCheckpoint(checkpoint, trustedLogKey(trust.logs.factors)).checkpoint;
  const leaf = leaves[index] ?? new Uint8Array();
  const proof = await proofOf(leaves, index);
  verifyInclusion(hashLeaf(leaf), index, treeSize, proof, rootHash);
  const hashes = proof.map(encodeBase64);
  return { index, leaf: encodeBase64(leaf), size: treeSize, root: encodeBase64(rootHash), proof: hashes, checkpoint };
}

/** A row's figure in one version, newest last. */
export interface RowVersion {
  readonly version: string;
  readonly key: string;
  readonly label: string;
  /** kg CO2e exactly, as that version publishes it; else the row's kind. */
  readonly figure: string;
  readonly reason?: string;
  readonly note?: string;
  readonly withdrawn?: string;
}

/** One row with all that stands behind it. */
export interface ShownRow {
  readonly set: FactorSet;
  readonly row: FactorRow;
  readonly withdrawn?: RegisteredFactorSet["withdrawn"];
  /** Why the figure differs from the superseded version's, as text. */
  readonly change?: string;
  readonly history: readonly RowVersion[];
  /** That the row is in the set: index and proof (base64) under the set's root. */
  readonly inSet: { readonly index: number; readonly proof: readonly string[] };
  readonly inLog: EntryProof;
}

/**
 * A row of a published version, proven into its set and the set into the log, with its figures in the versions before.
 * @throws FACTOR_VERSION_UNKNOWN, FACTOR_KEY_UNKNOWN, FACTOR_ROW_UNPROVEN
 */
export async function showRow(registry: RegistryAccess, trust: Trust, name: string, key: string): Promise<ShownRow> {
  const { document: set, index: entry, withdrawn } = requireVersion(registry, name);
  const rows = await registry.rowsOf(set);
  const index = rows.findIndex((one) => one.key === key);
  const row = rows[index];
  if (row === undefined) throw registryError("FACTOR_KEY_UNKNOWN", { set: name, key: key.slice(0, 128) });
  const proof = await proofOf(rows.map(factorRowBytes), index);
  verifyFactorRow(set, row, index, proof);
  const versions = await versionsOf(registry, set, row);
  const change = changeText(registry, versions);
  return {
    set,
    row,
    ...(withdrawn === undefined ? {} : { withdrawn }),
    ...(change === undefined ? {} : { change }),
    history: versions.map((one) => toRowVersion(registry, one)),
    inSet: { index, proof: proof.map(encodeBase64) },
    inLog: await proveEntry(registry, trust, entry),
  };
}

interface RowOfSet {
  readonly row: FactorRow;
  readonly set: FactorSet;
}

/** The row in its version and those before it, oldest first, followed through its renamings. */
async function versionsOf(registry: RegistryAccess, set: FactorSet, row: FactorRow): Promise<RowOfSet[]> {
  const versions: RowOfSet[] = [{ row, set }];
  for (let at: RowOfSet | undefined = versions[0]; at !== undefined; ) {
    const { id, supersedes } = at.set;
    const known = supersedes === undefined ? undefined : registry.state.factorSet(id, supersedes)?.document;
    if (known === undefined) break;
    const before = earlierRow(new Map((await registry.rowsOf(known)).map((one) => [one.key, one])), at.row);
    at = before === undefined ? undefined : { row: before, set: known };
    if (at !== undefined) versions.unshift(at);
  }
  return versions;
}

function toRowVersion({ state }: RegistryAccess, { row, set }: RowOfSet): RowVersion {
  const { reason, note } = row.change ?? {};
  const withdrawn = state.factorSet(set.id, set.version)?.withdrawn;
  return {
    version: set.version,
    key: row.key,
    label: row.label,
    figure: figureOf(row, set),
    ...(reason === undefined ? {} : { reason }),
    ...(note === undefined ? {} : { note }),
    ...(withdrawn === undefined ? {} : { withdrawn: withdrawn.reason }),
  };
}

/** What a row says: kg CO2e exactly, a bound, or its kind. */
export function figureOf(row: FactorRow, set: FactorSet): string {
  if (row.kind === "bound") return `${row.comparator} ${row.value}`;
  if (row.kind === "not-available" || row.kind === "withdrawn") return row.kind;
  try {
    return formatExact(factorValue(row, set).kgCo2e);
  } catch (cause) {
    if (!isTallyError(cause)) throw cause;
    return row.kind;
  }
}

function changeText({ state }: RegistryAccess, versions: readonly RowOfSet[]): string | undefined {
  const [before, after] = versions.slice(-2);
  if (before === undefined || after === undefined) return undefined;
  try {
    return formatSplit(splitChange(before, after, newestRates(state)));
  } catch (cause) {
    if (!isTallyError(cause)) throw cause;
    return `cannot be compared: ${cause.message}`;
  }
}

/** A published rate set. @throws RATES_UNKNOWN */
export function requireRates({ state }: RegistryAccess, name: string): RateSet {
  const named = parseSetName(name);
  const known = named && state.rateSet(named.id, named.version);
  if (known === undefined) throw registryError("RATES_UNKNOWN", { rates: name.slice(0, 120) });
  return known.document;
}

/** A version with its rows, as it is published, or else as it is proposed. */
export type VersionFound =
  | { readonly kind: "published"; readonly registered: RegisteredFactorSet; readonly rows: readonly FactorRow[] }
  | { readonly kind: "proposed"; readonly proposal: Proposal; readonly rows: readonly FactorRow[] };

/**
 * @param home the registry's folder, where the proposals lie
 * @throws FACTOR_VERSION_UNKNOWN, PROPOSAL_INVALID
 */
export async function findVersion(registry: RegistryAccess, home: string, name: string): Promise<VersionFound> {
  const path = proposalPath(home, name);
  const named = parseSetName(name);
  const published = named !== undefined && registry.state.factorSet(named.id, named.version) !== undefined;
  if (named !== undefined && !published && existsSync(path)) {
    const proposal = await readProposal(path);
    return { kind: "proposed", proposal, rows: proposal.rows };
  }
  const registered = requireVersion(registry, name);
  return { kind: "published", registered, rows: await registry.rowsOf(registered.document) };
}

/**
 * Two versions compared, each published or proposed.
 *
 * @param home the registry's folder
 * @param rates what prices are compared by; absent: the rates that were published last
 * @throws FACTOR_VERSION_UNKNOWN, PROPOSAL_INVALID
 */
export async function diffVersions(
  registry: RegistryAccess,
  home: string,
  [from, to]: readonly [from: string, to: string],
  rates: RateSet | undefined = newestRates(registry.state),
): Promise<SetDiff> {
  const read = async (name: string) => {
    const found = await findVersion(registry, home, name);
    const set = found.kind === "published" ? found.registered.document : found.proposal.set;
    return { set, rows: found.rows };
  };
  return diffSets(await read(from), await read(to), rates);
}

/**
 * Writes a published version to a file of its own: one JSON document a line, the set with its licence and attribution first, then its
 * rows as the set's root is over them.
 *
 * @throws FACTORS_RESTRICTED where the licence forbids it; FACTOR_VERSION_UNKNOWN; EXPORT_EXISTS
 */
export async function exportVersion(registry: RegistryAccess, name: string, file: string): Promise<FactorSet> {
  const { document: set, withdrawn } = requireVersion(registry, name);
  requireRedistribution(set);
  const rows = await registry.rowsOf(set);
  const head = { v: 1, set, ...(withdrawn === undefined ? {} : { withdrawn }) };
  const lines = [head, ...rows].map((one) => `${canonicalJson(one as unknown as JsonObject)}\n`);
  await writeNew(file, lines.join(""));
  return set;
}

/** Writes what proves a shown row to others. @throws FACTORS_RESTRICTED where the licence forbids it; EXPORT_EXISTS */
export async function exportRowProof({ set, row, inSet, inLog }: ShownRow, file: string): Promise<void> {
  requireRedistribution(set);
  const { leaf, index: leafIndex, proof: leafProof, checkpoint } = inLog;
  const { index: rowIndex, proof: rowProof } = inSet;
  const proof: RowProof = { v: 1, set, row, rowIndex, rowProof, leaf, leafIndex, leafProof, checkpoint };
  await writeNew(file, `${JSON.stringify(proof, null, 2)}\n`);
}

function requireRedistribution(set: FactorSet): void {
  if (!set.redistribution) throw registryError("FACTORS_RESTRICTED", { set: setName(set), licence: set.licence });
}
