import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson, encodeBase64url, formatChange, isTallyError, privateKeyFromSeed } from "@tallystick/proto";
import type { MaintainerKey } from "../core/build-change.ts";
import { type MaintainersChange, membersChangeSchema, type NamedMaintainer } from "../core/change-kinds.ts";
import { approversOfMaintainers, readMaintainers } from "../core/maintainers.ts";
import { registryError } from "../errors.ts";
import { openKeyFile, writeKeyFile } from "../keys/key-file.ts";
import type { KeySecrets, Sealer } from "../keys/sealing.ts";
import { readJson, replaceJson, writeKey } from "./home-files.ts";
import { homeSchema } from "./home-schema.ts";
import type { RegistryAccess } from "./operate.ts";
import { addApproval, collectApprovals, readPendingChange, writePendingChange } from "./pending-change.ts";

/** How the maintainers shall change. */
export interface MaintainersProposal {
  readonly add: readonly NamedMaintainer[];
  /** Key ids of those who leave. */
  readonly remove: readonly string[];
  /** Default: as it is. */
  readonly threshold?: number;
  readonly reason: string;
}

/** What came of it: published at `index`, or waiting for approvals. */
export interface MaintainersResult {
  readonly index?: number;
  readonly maintainers: readonly string[];
  readonly threshold: number;
  readonly approvedBy: readonly string[];
  /** How many of the present maintainers must approve. */
  readonly required: number;
  /** New maintainers who have not signed yet. */
  readonly awaiting: readonly string[];
  /** Maintainers whose approvals are void, as the log went on after them. */
  readonly voided: readonly string[];
}

/** Where the change of maintainers waits that was proposed last. */
export const maintainersFolder = (home: string): string => join(home, "maintainers");

const KID = /^[A-Za-z0-9._-]{1,64}$/;

const invalid = (path: string, reason: string): Error => registryError("PROPOSAL_INVALID", { path, reason });

/**
 * Makes a key for somebody who shall be a maintainer, in the registry's folder. Until the maintainers approve, it approves nothing.
 *
 * @throws PROPOSAL_INVALID for an id that is none, or that lies here already; REGISTRY_HOME_INVALID
 */
export async function makeMaintainerKey(
  home: string,
  kid: string,
  seed: Uint8Array,
  sealer?: Sealer,
): Promise<NamedMaintainer> {
  if (!KID.test(kid) || existsSync(join(home, "keys", `${kid}.json`))) {
    throw invalid(home, `${kid} is no id of a new maintainer: letters, digits, ".", "_" and "-", and no key's here`);
  }
  const path = join(home, "registry.json");
  const held = await readJson(path, homeSchema);
  const key = await writeKey(home, kid, seed, sealer);
  await replaceJson(path, { ...held, maintainers: [...held.maintainers, kid] });
  return { kid, key: encodeBase64url(key.publicKey.bytes) };
}

/**
 * Makes such a key where its maintainer keeps it: a file that no registry's folder knows of.
 *
 * @throws PROPOSAL_INVALID for an id that is none, EXPORT_EXISTS where there is a file
 */
export async function makeMaintainerKeyFile(
  path: string,
  kid: string,
  seed: Uint8Array,
  sealer?: Sealer,
): Promise<NamedMaintainer> {
  if (!KID.test(kid)) throw invalid(path, `${kid} is no id of a maintainer: letters, digits, ".", "_" and "-"`);
  if (existsSync(path)) throw registryError("EXPORT_EXISTS", { path });
  await writeKeyFile(path, kid, seed, sealer);
  return { kid, key: encodeBase64url(privateKeyFromSeed(seed).publicKey.bytes) };
}

/**
 * Proposes other maintainers, in place of what was proposed before, and signs with the keys that lie here.
 *
 * @throws PROPOSAL_INVALID for somebody who is to leave and is none, or to come and is one already; CHANGE_INVALID, KEY_NOT_ADMISSIBLE
 */
export async function proposeMaintainers(
  registry: RegistryAccess,
  home: { readonly path: string; readonly maintainers: readonly MaintainerKey[] },
  proposal: MaintainersProposal,
): Promise<MaintainersResult> {
  const { add, remove, reason } = proposal;
  const { maintainers: present, log } = registry.state.members;
  const folder = maintainersFolder(home.path);
  for (const kid of remove) if (!present.keys.has(kid)) throw invalid(folder, `${kid} is no maintainer`);
  for (const { kid } of add) if (present.keys.has(kid)) throw invalid(folder, `${kid} is a maintainer already`);
  const staying = [...present.keys].flatMap(([kid, key]) =>
    remove.includes(kid) ? [] : [{ kid, key: encodeBase64url(key.bytes) }],
  );
  const change = {
    kind: "maintainers",
    maintainers: [...staying, ...add],
    threshold: proposal.threshold ?? present.threshold,
    reason,
  };
  readMaintainers(change, log.origin);
  await rm(folder, { recursive: true, force: true });
  return approve(registry, folder, change, home.maintainers);
}

/** Signs what was proposed with keys that lie here, and publishes it once enough have signed. @throws PROPOSAL_INVALID */
export async function approveMaintainers(
  registry: RegistryAccess,
  home: { readonly path: string },
  signers: readonly MaintainerKey[],
): Promise<MaintainersResult> {
  const folder = maintainersFolder(home.path);
  const { change } = await requirePending(folder);
  const { maintainersAt: _at, from: _from, ...proposed } = change;
  return approve(registry, folder, proposed, signers);
}

async function approve(
  registry: RegistryAccess,
  folder: string,
  proposed: Pick<MaintainersChange, "kind" | "maintainers" | "threshold" | "reason"> | object,
  signers: readonly MaintainerKey[],
): Promise<MaintainersResult> {
  const { state } = registry;
  const { maintainers: present, log } = state.members;
  const from = { contracts: state.log("contracts").size, factors: state.log("factors").size };
  const payload = log.next(state.underPresent({ ...proposed, from }));
  const change = membersChangeSchema.parse(payload.change) as MaintainersChange;
  const next = readMaintainers(change, log.origin);
  const pending = await readPendingChange(folder);
  if (pending === undefined || canonicalJson(pending) !== canonicalJson(payload))
    await writePendingChange(folder, payload);
  const { keys, missing } = approversOfMaintainers(present, next);
  for (const signer of signers) {
    const key = keys.get(signer.kid);
    if (key !== undefined && encodeBase64url(key.bytes) === encodeBase64url(signer.key.publicKey.bytes))
      await addApproval(folder, payload, signer);
  }
  const { approvals, voided } = await collectApprovals(folder, payload, { threshold: present.threshold, keys });
  const approvedBy = approvals.map(({ kid }) => kid);
  const lacking = missing(approvedBy);
  const result = {
    maintainers: [...next.keys.keys()],
    threshold: next.threshold,
    approvedBy,
    required: present.threshold,
    awaiting: lacking?.newcomers ?? [],
    voided,
  };
  if (lacking !== undefined) return result;
  const index = await registry.submitSigned("members", formatChange({ payload, approvals }));
  await rm(folder, { recursive: true, force: true });
  return { ...result, index };
}

/** What a maintainer, present or new, signed on a machine of their own. */
export interface MaintainersSigned {
  readonly kid: string;
  readonly sequence: number;
  readonly maintainers: readonly string[];
  readonly threshold: number;
}

/**
 * Signs the change that waits in a copy of the folder with a key that lies elsewhere; the folder's approvals go back to where the registry
 * is, and `approve` there publishes it.
 *
 * @throws PROPOSAL_INVALID, and what openKeyFile throws
 */
export async function signMaintainers(
  folder: string,
  keyFile: string,
  secrets?: KeySecrets,
): Promise<MaintainersSigned> {
  const { payload, change } = await requirePending(folder);
  const { use: kid, key } = await openKeyFile(keyFile, secrets === undefined ? {} : { secrets });
  await addApproval(folder, payload, { kid, key });
  const { maintainers, threshold } = change;
  return { kid, sequence: payload.sequence, maintainers: maintainers.map((one) => one.kid), threshold };
}

/** Deletes what was proposed. @throws PROPOSAL_INVALID where nothing was */
export async function discardMaintainers(home: string): Promise<void> {
  const folder = maintainersFolder(home);
  await requirePending(folder);
  await rm(folder, { recursive: true });
}

async function requirePending(folder: string): Promise<{
  readonly payload: NonNullable<Awaited<ReturnType<typeof readPendingChange>>>;
  readonly change: MaintainersChange;
}> {
  const payload = await readPendingChange(folder);
  if (payload === undefined) throw invalid(folder, "no change of maintainers waits here");
  const change = membersChangeSchema.safeParse(payload.change).data;
  if (change?.kind !== "maintainers") throw invalid(folder, "no change of maintainers");
  try {
    readMaintainers(change, payload.log);
  } catch (error) {
    if (isTallyError(error)) throw invalid(folder, error.message);
    throw error;
  }
  return { payload, change };
}
