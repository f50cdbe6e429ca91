import { parseFactorSet } from "@tallystick/contracts";
import { type ChangePayload, canonicalJson } from "@tallystick/proto";
import {
  type FactorSetChange,
  factorsChangeSchema,
  membersChangeSchema,
  type OutlierRelease,
  type StandingChange,
} from "../core/change-kinds.ts";
import type { RegistryLog } from "../core/registry-state.ts";
import { registryError } from "../errors.ts";
import { setName } from "../factors/factor-version.ts";
import { openKeyFile } from "../keys/key-file.ts";
import type { KeySecrets } from "../keys/sealing.ts";
import { isSameChange } from "./approve-change.ts";
import type { RegistryReader } from "./operate.ts";
import { addApproval, readPendingChange } from "./pending-change.ts";
import { readProposal } from "./proposal-files.ts";
import { heldOf, requireNext } from "./propose-factors.ts";

/** What a maintainer signed on a machine of their own. */
export interface SignedElsewhere {
  readonly kid: string;
  readonly log: string;
  readonly sequence: number;
  readonly what: string;
  /** What the change lets pass. */
  readonly releases?: readonly OutlierRelease[];
}

/** What a maintainer judges a folder by: the registry itself, or the folder's own word. */
export type SigningBasis = RegistryReader | "folder-alone";

/**
 * Signs the change that waits in a folder with a key that lies elsewhere. A proposed version must be what the change says, and what it
 * holds back must be what the change lets pass; by the registry, the change must also be what comes next in the log, and what is held back is found
 * anew. The folder goes back to where the registry is, and is approved there.
 *
 * @throws PROPOSAL_INVALID, CHANGE_INVALID for what no approval could publish, and what openKeyFile throws for the key's file
 */
export async function signPending(
  folder: string,
  keyFile: string,
  basis: SigningBasis,
  secrets?: KeySecrets,
): Promise<SignedElsewhere> {
  const invalid = (reason: string) => registryError("PROPOSAL_INVALID", { path: folder, reason });
  const payload = await readPendingChange(folder);
  if (payload === undefined) throw invalid("no change waits here: approve it where the registry is first");
  const { use: kid, key } = await openKeyFile(keyFile, secrets === undefined ? {} : { secrets });
  const standing = standingOf(payload);
  if (standing !== undefined) {
    if (basis !== "folder-alone" && !isNext(basis, payload, "members"))
      throw invalid("another change comes next in the log");
    await addApproval(folder, payload, { kid, key });
    const rests = standing.evidence === undefined ? "" : `, by evidence ${standing.evidence.digests.join(", ")}`;
    const { log, sequence } = payload;
    return { kid, log, sequence, what: `${standing.kind} ${standing.member}: ${standing.reason}${rests}` };
  }
  const change = factorsChangeSchema.safeParse(payload.change).data;
  if (change === undefined || change.kind === "rates") throw invalid("neither a version nor a withdrawal");
  if (basis !== "folder-alone" && !isNext(basis, payload, "factors"))
    throw invalid("another change comes next in the log");
  if (change.kind === "factor-set") await checkVersion(folder, change, basis);
  await addApproval(folder, payload, { kid, key });
  const { log, sequence } = payload;
  if (change.kind === "factor-set-withdrawn") {
    return { kid, log, sequence, what: `withdraw ${setName(change)}: ${change.reason}: ${change.note}` };
  }
  const { releases } = change;
  const what = `publish ${setName(parseFactorSet(change.set))}`;
  return { kid, log, sequence, what, ...(releases === undefined ? {} : { releases }) };
}

function standingOf({ change }: ChangePayload): StandingChange | undefined {
  const known = membersChangeSchema.safeParse(change).data;
  return known !== undefined && "reason" in known && "member" in known ? known : undefined;
}

function isNext({ state }: RegistryReader, payload: ChangePayload, log: RegistryLog): boolean {
  return canonicalJson(state.log(log).next(payload.change)) === canonicalJson(payload);
}

/** @throws PROPOSAL_INVALID, CHANGE_INVALID */
async function checkVersion(folder: string, change: FactorSetChange, basis: SigningBasis): Promise<void> {
  const invalid = (reason: string) => registryError("PROPOSAL_INVALID", { path: folder, reason });
  const proposal = await readProposal(folder);
  if (!isSameChange(proposal.set, parseFactorSet(change.set))) throw invalid("the change is of another set");
  if (basis !== "folder-alone") requireNext(basis.state, proposal);
  const held = basis === "folder-alone" ? proposal.report.held : await heldOf(basis, proposal);
  const keys = new Set(held.map(({ key }) => key));
  const { releases = [] } = change;
  const passed = releases.reduce((sum, { rows }) => sum + rows, 0);
  if (passed !== held.length || !releases.every((one) => one.keys?.every((key) => keys.has(key)) ?? true)) {
    throw invalid("the change does not let pass what is held");
  }
}
