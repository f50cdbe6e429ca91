import { canonicalJson, formatChange, type JsonObject } from "@tallystick/proto";
import type { MaintainerKey } from "../core/build-change.ts";
import type { RegistryLog } from "../core/registry-state.ts";
import { registryError } from "../errors.ts";
import { presentKeys, type RegistryAccess } from "./operate.ts";
import { addApproval, collectApprovals, readPendingChange, writePendingChange } from "./pending-change.ts";

/** What came of an approval: published at `index`, or waiting for others. */
export interface ApprovalResult {
  /** Index of the change in its log; absent while approvals are missing. */
  readonly index?: number;
  /** Key ids of the maintainers who approved. */
  readonly approvedBy: readonly string[];
  readonly required: number;
  /** Maintainers whose approvals are void, as the log went on after them: they must sign again. */
  readonly voided: readonly string[];
}

/**
 * Signs a change as the next of its log, with whatever approvals lie in the folder already, and appends it once there are enough.
 *
 * @param maintainers who signs now
 * @param beforeAppend what must be there before the change is
 * @throws PROPOSAL_INVALID, and what the registry refuses
 */
export async function approveChange(
  registry: RegistryAccess,
  log: RegistryLog,
  folder: string,
  change: object,
  maintainers: readonly MaintainerKey[],
  beforeAppend: () => Promise<unknown>,
): Promise<ApprovalResult> {
  const known = registry.state.members.maintainers;
  const payload = registry.state.log(log).next(registry.state.underPresent(change));
  const pending = await readPendingChange(folder);
  if (pending === undefined || canonicalJson(pending) !== canonicalJson(payload))
    await writePendingChange(folder, payload);
  for (const maintainer of presentKeys(registry.state, maintainers)) await addApproval(folder, payload, maintainer);
  const { approvals, voided } = await collectApprovals(folder, payload, known);
  const approvedBy = approvals.map(({ kid }) => kid);
  // Keys count once: the log refuses what only looks like enough.
  if (approvals.length < known.threshold) return { approvedBy, required: known.threshold, voided };
  await beforeAppend();
  const index = await registry.submitSigned(log, formatChange({ payload, approvals }));
  return { index, approvedBy, required: known.threshold, voided };
}

/** The keys to sign with: one maintainer's, or all that lie in the folder. @throws REGISTRY_HOME_INVALID where it is not here */
export function signersOf(
  home: { readonly path: string; readonly maintainers: readonly MaintainerKey[] },
  maintainer: string | undefined,
): readonly MaintainerKey[] {
  if (maintainer === undefined) return home.maintainers;
  const signers = home.maintainers.filter(({ kid }) => kid === maintainer);
  if (signers.length === 0) {
    throw registryError("REGISTRY_HOME_INVALID", { path: home.path, reason: `no key of ${maintainer} lies here` });
  }
  return signers;
}

/** Whether two changes say the same, whatever the order of their members. */
export function isSameChange(a: object, b: object): boolean {
  return canonicalJson(a as JsonObject) === canonicalJson(b as JsonObject);
}
