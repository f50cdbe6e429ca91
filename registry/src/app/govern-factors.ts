import { rm } from "node:fs/promises";
import { join } from "node:path";
import { factorRowBytes } from "@tallystick/contracts";
import type { WithdrawalReason } from "../core/change-kinds.ts";
import { registryError } from "../errors.ts";
import { setName } from "../factors/factor-version.ts";
import type { HeldRow } from "../factors/outlier-gate.ts";
import { type ApprovalResult, approveChange, isSameChange, signersOf } from "./approve-change.ts";
import { readKeyFile } from "./home-files.ts";
import type { RegistryAccess } from "./operate.ts";
import { addApproval, readPendingChange } from "./pending-change.ts";
import { discardProposal, type Proposal, proposalPath, readProposal } from "./proposal-files.ts";
import { heldOf, requireNext } from "./propose-factors.ts";
import type { RegistryHome } from "./registry-home.ts";

/** How many held rows an error names. */
const MAX_NAMED = 20;

/** Who approves, and what they let pass. */
export interface ApproveOptions {
  /** Key id of the one maintainer who signs; absent: all whose keys lie in the folder. */
  readonly maintainer?: string;
  /** Keys of held rows to let pass, or all of them; with the reason that stands in the log. */
  readonly release?: { readonly keys: readonly string[] | "all"; readonly reason: string };
}

/**
 * Approves a proposed version, and publishes it with its rows once enough maintainers did. The rows that must be released are found
 * anew: nothing that the folder says of them counts. A version whose publication was cut short after it was logged is only tidied up.
 *
 * @throws PROPOSAL_INVALID, FACTORS_HELD, FACTOR_KEY_UNKNOWN for a released row that is not held, CHANGE_INVALID
 */
export async function approveFactors(
  registry: RegistryAccess,
  home: RegistryHome,
  name: string,
  options: ApproveOptions = {},
): Promise<ApprovalResult> {
  const path = proposalPath(home.path, name);
  const proposal = await readProposal(path);
  if (setName(proposal.set) !== name) {
    throw registryError("PROPOSAL_INVALID", { path, reason: `holds ${setName(proposal.set)}` });
  }
  const { set, rows } = proposal;
  const known = registry.state.factorSet(set.id, set.version);
  if (known !== undefined && isSameChange(known.document, set)) {
    await discardProposal(path);
    return { index: known.index, approvedBy: [], required: registry.state.members.maintainers.threshold, voided: [] };
  }
  requireNext(registry.state, proposal);
  const signers = signersOf(home, options.maintainer);
  const release = releaseOf(proposal, await heldOf(registry, proposal), options, await releasedBefore(proposal));
  const change = { kind: "factor-set", set, ...(release === undefined ? {} : { release }) };
  const stage = (): Promise<unknown> => registry.stageRows(rows.map(factorRowBytes));
  const result = await approveChange(registry, "factors", path, change, signers, stage);
  if (result.index !== undefined) await discardProposal(path);
  return result;
}

interface Release {
  readonly rows: number;
  readonly reason: string;
}

/** What the change that waits in a proposal's folder lets pass. */
async function releasedBefore({ path }: Proposal): Promise<Release | undefined> {
  return (await readPendingChange(path))?.change.release as Release | undefined;
}

/** @throws FACTORS_HELD, FACTOR_KEY_UNKNOWN */
function releaseOf(
  { set }: Proposal,
  held: readonly HeldRow[],
  { release }: ApproveOptions,
  before: Release | undefined,
): Release | undefined {
  const named = release === undefined || release.keys === "all" ? [] : release.keys;
  for (const key of named) {
    if (!held.some((row) => row.key === key)) throw registryError("FACTOR_KEY_UNKNOWN", { set: setName(set), key });
  }
  if (held.length === 0) return undefined;
  // The next maintainer signs what the one before let pass, if that still is all that is held.
  if (release === undefined && before?.rows === held.length) return before;
  const kept = release?.keys === "all" ? [] : held.filter(({ key }) => !named.includes(key));
  if (release === undefined || kept.length > 0) {
    const rows = kept.slice(0, MAX_NAMED).map(({ key, label, reason }) => `${key} (${label}): ${reason}`);
    throw registryError("FACTORS_HELD", { set: setName(set), held: kept.length, rows });
  }
  return { rows: held.length, reason: release.reason };
}

/** Why a version is withdrawn. */
export interface WithdrawOptions {
  readonly maintainer?: string;
  /** Absent where another maintainer's withdrawal waits: that one is signed. */
  readonly statement?: { readonly reason: WithdrawalReason; readonly note: string };
}

/**
 * Withdraws a published version, once enough maintainers signed that. It stays readable, marked.
 * @throws FACTOR_VERSION_UNKNOWN, CHANGE_INVALID where it is withdrawn already; PROPOSAL_INVALID where no statement is given and none waits
 */
export async function withdrawFactors(
  registry: RegistryAccess,
  home: RegistryHome,
  { id, version }: { readonly id: string; readonly version: string },
  { maintainer, statement }: WithdrawOptions,
): Promise<ApprovalResult> {
  const name = setName({ id, version });
  const known = registry.state.factorSet(id, version);
  if (known === undefined) throw registryError("FACTOR_VERSION_UNKNOWN", { set: name });
  const folder = join(home.path, "withdrawals", name);
  if (known.withdrawn !== undefined) {
    // Cut short after it was logged, or done before.
    await rm(folder, { recursive: true, force: true });
    const { origin } = registry.state.log("factors");
    throw registryError("CHANGE_INVALID", { origin, reason: `${name} is withdrawn already` });
  }
  const said = statement ?? (await waitingStatement(folder));
  const change = { kind: "factor-set-withdrawn", id, version, reason: said.reason, note: said.note };
  const result = await approveChange(registry, "factors", folder, change, signersOf(home, maintainer), async () => {});
  if (result.index !== undefined) await rm(folder, { recursive: true });
  return result;
}

async function waitingStatement(folder: string): Promise<Required<WithdrawOptions>["statement"]> {
  const pending = await readPendingChange(folder);
  if (pending === undefined)
    throw registryError("PROPOSAL_INVALID", { path: folder, reason: "no withdrawal waits here" });
  const { reason, note } = pending.change as unknown as Required<WithdrawOptions>["statement"];
  return { reason, note };
}

/** What a maintainer signed on a machine of their own. */
export interface SignedElsewhere {
  readonly kid: string;
  readonly log: string;
  readonly sequence: number;
  readonly what: string;
  readonly release?: Release;
}

/**
 * Signs the change that waits in a folder with a key that lies elsewhere. A proposed version must be what the change says, and what it
 * holds back must be what the change lets pass. The folder goes back to where the registry is, and is approved there.
 *
 * @throws PROPOSAL_INVALID, REGISTRY_HOME_INVALID for the key's file
 */
export async function signPending(folder: string, keyFile: string): Promise<SignedElsewhere> {
  const invalid = (reason: string) => registryError("PROPOSAL_INVALID", { path: folder, reason });
  const payload = await readPendingChange(folder);
  if (payload === undefined) throw invalid("no change waits here: approve it where the registry is first");
  const { change, log, sequence } = payload;
  const { use: kid, key } = await readKeyFile(keyFile);
  if (change.kind === "factor-set") {
    const { set, report } = await readProposal(folder);
    if (!isSameChange(set, change.set as object)) throw invalid("the change is of another set");
    const release = change.release as Release | undefined;
    if ((release?.rows ?? 0) !== report.held.length) throw invalid("the change does not let pass what is held");
    await addApproval(folder, payload, { kid, key });
    return { kid, log, sequence, what: `publish ${setName(set)}`, ...(release === undefined ? {} : { release }) };
  }
  if (change.kind !== "factor-set-withdrawn") throw invalid("neither a version nor a withdrawal");
  await addApproval(folder, payload, { kid, key });
  return { kid, log, sequence, what: `withdraw ${change.id}@${change.version}: ${change.reason}: ${change.note}` };
}
