import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { factorRowBytes } from "@tallystick/contracts";
import type { WithdrawalReason } from "../core/change-kinds.ts";
import { registryError } from "../errors.ts";
import { parseSetName, setName } from "../factors/factor-version.ts";
import { type ApprovalResult, approveChange, isSameChange, signersOf } from "./approve-change.ts";
import type { RegistryAccess } from "./operate.ts";
import { type ReleaseRequest, releaseOutliers } from "./outlier-releases.ts";
import { readPendingChange } from "./pending-change.ts";
import { discardProposal, proposalPath, readProposal } from "./proposal-files.ts";
import { heldOf, requireNext } from "./propose-factors.ts";
import type { RegistryHome } from "./registry-home.ts";

/** Who approves, and what they let pass. */
export interface ApproveOptions {
  /** Key id of the one maintainer who signs; absent: all whose keys lie in the folder. */
  readonly maintainer?: string;
  /** Held rows to let pass, beside those that were let pass before. */
  readonly release?: ReleaseRequest;
}

/**
 * Approves a proposed version, and publishes it with its rows once enough maintainers did. The rows that must be released are found
 * anew: nothing that the folder says of them counts. A version whose publication was cut short after it was logged is only tidied up, and
 * one that is published and no longer proposed stays as it is.
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
  const done = (index: number): ApprovalResult => {
    const { threshold: required } = registry.state.members.maintainers;
    return { index, approvedBy: [], required, voided: [] };
  };
  const named = existsSync(path) ? undefined : parseSetName(name);
  const published = named && registry.state.factorSet(named.id, named.version);
  if (published !== undefined) return done(published.index);
  const proposal = await readProposal(path);
  if (setName(proposal.set) !== name) {
    throw registryError("PROPOSAL_INVALID", { path, reason: `holds ${setName(proposal.set)}` });
  }
  const { set, rows } = proposal;
  const known = registry.state.factorSet(set.id, set.version);
  if (known !== undefined && isSameChange(known.document, set)) {
    await discardProposal(path);
    return done(known.index);
  }
  requireNext(registry.state, proposal);
  const signers = signersOf(home, options.maintainer);
  const releases = await releaseOutliers({ path, name }, await heldOf(registry, proposal), options.release);
  const change = { kind: "factor-set", set, ...(releases.length === 0 ? {} : { releases }) };
  const stage = (): Promise<unknown> => registry.stageRows(rows.map(factorRowBytes));
  const result = await approveChange(registry, "factors", path, change, signers, stage);
  if (result.index !== undefined) await discardProposal(path);
  return result;
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
  name: string,
  { maintainer, statement }: WithdrawOptions,
): Promise<ApprovalResult> {
  const named = parseSetName(name);
  const known = named && registry.state.factorSet(named.id, named.version);
  if (known === undefined) throw registryError("FACTOR_VERSION_UNKNOWN", { set: name });
  const folder = join(home.path, "withdrawals", name);
  if (known.withdrawn !== undefined) {
    // Cut short after it was logged, or done before.
    await rm(folder, { recursive: true, force: true });
    const { origin } = registry.state.log("factors");
    throw registryError("CHANGE_INVALID", { origin, reason: `${name} is withdrawn already` });
  }
  const said = statement ?? (await waitingStatement(folder));
  const { id, version } = known.document;
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
