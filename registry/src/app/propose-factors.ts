import type { RateSet } from "@tallystick/contracts";
import type { RegistryState } from "../core/registry-state.ts";
import { registryError } from "../errors.ts";
import { diffSets, summarizeDiff } from "../factors/diff-sets.ts";
import { setName } from "../factors/factor-version.ts";
import { type HeldRow, heldRows } from "../factors/outlier-gate.ts";
import { applyRenames, type Rename, type RenameMap } from "../factors/rename-map.ts";
import { type StatedReason, stateReasons } from "../factors/state-reasons.ts";
import { suggestRenames } from "../factors/suggest-renames.ts";
import { FACTOR_FORMATS, formatsOf } from "../importers/formats.ts";
import { type FactorFormat, type ImportFile, readHead } from "../importers/import-file.ts";
import type { ImportReport } from "../importers/import-report.ts";
import type { FactorSetWithRows } from "../starter/starter-set.ts";
import type { RegistryReader } from "./operate.ts";
import { type Proposal, type ProposalReport, writeProposal } from "./proposal-files.ts";

/** How files are to be read, where they do not say it themselves. */
export interface ProposeOptions {
  /** Id of the format; absent where the files tell. */
  readonly format?: string;
  /** Version of the same set that the new one replaces; absent: the newest one, where there is exactly one that none replaces. */
  readonly supersedes?: string;
  /** Why figures differ from that version, for rows that do not say it themselves. */
  readonly stated?: StatedReason;
  /** Which factors are which under new names, beside what the format's importer knows. */
  readonly renames?: readonly RenameMap[];
}

/**
 * Imports the files of one publication as a proposed version: compared with the one that it supersedes, with the rows that a person must
 * release, and kept as files. Nothing is published.
 *
 * @throws FACTOR_FORMAT_UNKNOWN, FACTOR_FILE_INVALID, FACTOR_VERSION_UNKNOWN, CHANGE_INVALID for what no approval could publish,
 * PROPOSAL_EXISTS; FACTOR_KEY_UNKNOWN for a confirmed rename of what is not there
 */
export async function proposeFactors(
  registry: RegistryReader,
  home: string,
  files: readonly ImportFile[],
  options: ProposeOptions = {},
): Promise<Proposal> {
  const format = await formatOf(files, options.format);
  const { imported: published, notices } = await importAsNext(registry.state, format, files, options.supersedes);
  requireNext(registry.state, published);
  const superseded = await supersededBy(registry, published);
  const { stated, renames = [] } = options;
  requireKnownNames(published, superseded, renames);
  const imported = applyRenames(published, renames);
  if (stated !== undefined && superseded === undefined) {
    throw changeInvalid(
      registry.state,
      `${setName(imported.set)} supersedes no version that its figures could differ from`,
    );
  }
  const proposed =
    superseded === undefined || stated === undefined ? imported : stateReasons(superseded, imported, stated);
  const rates = newestRates(registry.state);
  const report: ProposalReport = {
    v: 1,
    format: format.id,
    notices,
    ...(rates === undefined ? {} : { rates: setName(rates) }),
    ...(superseded === undefined ? {} : { changes: countsOf(superseded, proposed) }),
    ...(superseded === undefined ? {} : { maybeRenamed: suggestRenames(superseded, proposed).length }),
    held: await heldOf(registry, proposed),
  };
  return writeProposal(home, proposed, report);
}

/**
 * Refuses renames of another set, and confirmed ones of factors that are not there: whoever wrote them meant something else.
 * @throws FACTOR_VERSION_UNKNOWN, FACTOR_KEY_UNKNOWN
 */
function requireKnownNames(
  { set, rows }: FactorSetWithRows,
  superseded: FactorSetWithRows | undefined,
  maps: readonly RenameMap[],
): void {
  const later = new Set(rows.map(({ key }) => key));
  const earlier = new Set(superseded?.rows.map(({ key }) => key));
  for (const map of maps) {
    if (map.set !== set.id) throw registryError("FACTOR_VERSION_UNKNOWN", { set: `${map.set}@${map.version}` });
    if (map.version !== set.version) continue;
    for (const { from, to, confirmed } of map.renames) {
      if (!confirmed) continue;
      if (!later.has(to)) throw registryError("FACTOR_KEY_UNKNOWN", { set: setName(set), key: to });
      if (!earlier.has(from)) {
        throw registryError("FACTOR_KEY_UNKNOWN", { set: `${set.id}@${map.supersedes}`, key: from });
      }
    }
  }
}

/**
 * Which factors of a proposed version may be factors of the superseded one under new names, as a map that nobody has confirmed yet.
 * @throws PROPOSAL_INVALID where it supersedes none; FACTOR_VERSION_UNKNOWN
 */
export async function suggestRenameMap(registry: RegistryReader, proposal: Proposal): Promise<RenameMap> {
  const superseded = await supersededBy(registry, proposal);
  if (superseded === undefined) {
    throw registryError("PROPOSAL_INVALID", { path: proposal.path, reason: "it supersedes no version" });
  }
  const { id: set, version } = proposal.set;
  const renames = suggestRenames(superseded, proposal).map(({ from, to, activity, reason, rivals }): Rename => {
    const others = rivals.length === 0 ? "" : `; as likely: ${rivals.join(", ")}`;
    const why = `${reason}${others}`.slice(0, 500);
    return { from, to, ...(activity === undefined ? {} : { activity }), reason: why, confirmed: false };
  });
  return { v: 1, set, version, supersedes: superseded.set.version, renames };
}

function countsOf(superseded: FactorSetWithRows, proposed: FactorSetWithRows): Required<ProposalReport>["changes"] {
  const { ratios: _ratios, ...counts } = summarizeDiff(diffSets(superseded, proposed));
  return counts;
}

/**
 * The rows of a proposed version that a person must release before it is approved: see `heldRows`.
 * @throws FACTOR_VERSION_UNKNOWN, FACTOR_KEY_UNKNOWN for a row that says it had a key which the superseded version does not have
 */
export async function heldOf(registry: RegistryReader, proposed: FactorSetWithRows): Promise<readonly HeldRow[]> {
  const superseded = await supersededBy(registry, proposed);
  if (superseded === undefined) return [];
  const keys = new Set(superseded.rows.map(({ key }) => key));
  for (const { change } of proposed.rows) {
    // Under a misspelt key a changed row would pass for a new one.
    if (change?.from !== undefined && !keys.has(change.from)) {
      throw registryError("FACTOR_KEY_UNKNOWN", { set: setName(superseded.set), key: change.from });
    }
  }
  return heldRows(superseded, proposed, newestRates(registry.state));
}

async function supersededBy(
  registry: RegistryReader,
  { set }: FactorSetWithRows,
): Promise<FactorSetWithRows | undefined> {
  if (set.supersedes === undefined) return undefined;
  const known = registry.state.factorSet(set.id, set.supersedes)?.document;
  if (known === undefined) throw registryError("FACTOR_VERSION_UNKNOWN", { set: `${set.id}@${set.supersedes}` });
  return { set: known, rows: await registry.rowsOf(known) };
}

/** The rates that were published last: those that every maintainer compares by. */
export function newestRates(state: RegistryState): RateSet | undefined {
  return [...state.rateSets].sort((a, b) => b.index - a.index)[0]?.document;
}

async function formatOf(files: readonly ImportFile[], id: string | undefined): Promise<FactorFormat> {
  const unknown = (file: string, reason: string) => registryError("FACTOR_FORMAT_UNKNOWN", { file, reason });
  if (id !== undefined) {
    const named = FACTOR_FORMATS.find((format) => format.id === id);
    if (named === undefined) throw unknown("", `no format ${id}: ${FACTOR_FORMATS.map((one) => one.id).join(", ")}`);
    return named;
  }
  let found: FactorFormat | undefined;
  for (const file of files) {
    const [format, ...others] = formatsOf(file.name, await readHead(file));
    if (format === undefined) throw unknown(file.name, "of no known format");
    if (others.length > 0)
      throw unknown(file.name, `of several: ${[format, ...others].map((one) => one.id).join(", ")}`);
    if (found !== undefined && found !== format) throw unknown(file.name, `${format.id} beside ${found.id}`);
    found = format;
  }
  if (found === undefined) throw unknown("", "no files");
  return found;
}

/** Imports files as what follows the newest version. What it is called is known only once it was read. */
async function importAsNext(
  state: RegistryState,
  format: FactorFormat,
  files: readonly ImportFile[],
  supersedes: string | undefined,
): Promise<ImportReport> {
  if (supersedes !== undefined) return format.import(files, { supersedes });
  const report = await format.import(files);
  const { id, version, publishedOn } = report.imported.set;
  const heads = headsOf(state, id);
  const [head] = heads;
  if (head === undefined || heads.some((one) => one.version === version)) return report;
  if (heads.length > 1) {
    throw changeInvalid(
      state,
      `${id} has several newest versions (${heads.map((one) => one.version).join(", ")}): name one`,
    );
  }
  if (publishedOn < head.publishedOn) {
    throw changeInvalid(
      state,
      `${id}@${version} is older than ${head.version}, which is published: name what it supersedes`,
    );
  }
  return format.import(files, { supersedes: head.version });
}

/** The versions of a set that no other one supersedes. */
function headsOf(state: RegistryState, id: string): { readonly version: string; readonly publishedOn: string }[] {
  const versions = [...state.factorSets].map(({ document }) => document).filter((set) => set.id === id);
  return versions.filter(({ version }) => !versions.some(({ supersedes }) => supersedes === version));
}

/** Refuses what no approval could publish, and what would pass the gate as the first of its kind. @throws CHANGE_INVALID */
export function requireNext(state: RegistryState, { set }: FactorSetWithRows): void {
  const { id, version, supersedes } = set;
  if (state.factorSet(id, version) !== undefined) throw changeInvalid(state, `${setName(set)} is published already`);
  if (supersedes === undefined && headsOf(state, id).length > 0) {
    throw changeInvalid(state, `${setName(set)} supersedes none, and other versions are published`);
  }
}

const changeInvalid = (state: RegistryState, reason: string): Error =>
  registryError("CHANGE_INVALID", { origin: state.log("factors").origin, reason });
