import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { decodeUtf8, isTallyError, parseChange, parseNote } from "@tallystick/proto";
import { membersChangeSchema, type StandingChange, type StandingEvidence } from "../core/change-kinds.ts";
import { registryError } from "../errors.ts";
import { type ApprovalResult, approveChange, signersOf } from "./approve-change.ts";
import type { RegistryAccess } from "./operate.ts";
import { readPendingChange } from "./pending-change.ts";
import type { RegistryHome } from "./registry-home.ts";

export interface SetStandingOptions {
  readonly kind: "suspend" | "reinstate";
  /** Absent: goes on with what waits for approvals. */
  readonly statement?: { readonly reason: string; readonly evidence?: StandingEvidence };
  /** Whose key signs; default: every one in the folder. */
  readonly maintainer?: string;
}

const MAX_EVIDENCE_BYTES = 256 * 1024 * 1024;

/** Where a change of a member's standing waits for approvals. */
export const standingFolder = (homePath: string, did: string): string =>
  join(homePath, "standing", encodeURIComponent(did));

/**
 * Suspends a member, or takes that back: an entry of the members log that m of n maintainers approve, and another such entry reverses.
 *
 * @throws PROPOSAL_INVALID, and what the registry refuses: CHANGE_INVALID where it changes nothing or two notes prove nothing
 */
export async function setStanding(
  registry: RegistryAccess,
  home: RegistryHome,
  did: string,
  { kind, statement, maintainer }: SetStandingOptions,
): Promise<ApprovalResult> {
  const folder = standingFolder(home.path, did);
  const change = { kind, member: did, ...(statement ?? (await waiting(folder, kind))) };
  const result = await approveChange(registry, "members", folder, change, signersOf(home, maintainer), async () => {});
  if (result.index !== undefined) await rm(folder, { recursive: true });
  return result;
}

async function waiting(
  folder: string,
  kind: StandingChange["kind"],
): Promise<Pick<StandingChange, "reason" | "evidence">> {
  const change = membersChangeSchema.safeParse((await readPendingChange(folder))?.change).data;
  if (change?.kind !== kind || !("member" in change) || !("reason" in change)) {
    throw registryError("PROPOSAL_INVALID", { path: folder, reason: `no ${kind} waits here: give its reason` });
  }
  return { reason: change.reason, ...(change.evidence === undefined ? {} : { evidence: change.evidence }) };
}

/**
 * What a change says of files of evidence: their digests and, of the two notes of a fork, the notes themselves.
 * @throws PROPOSAL_INVALID where a file cannot be read or is too large
 */
export async function readEvidence(files: readonly string[]): Promise<StandingEvidence> {
  const contents = await Promise.all(files.map(readEvidenceFile));
  const digests = contents.map((bytes) => createHash("sha256").update(bytes).digest("base64"));
  const [a, b] = contents.map(asNote);
  return contents.length === 2 && a !== undefined && b !== undefined ? { digests, notes: [a, b] } : { digests };
}

async function readEvidenceFile(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw registryError("PROPOSAL_INVALID", { path, reason: "cannot be read" }, { cause });
  });
  if (bytes.length > MAX_EVIDENCE_BYTES) throw registryError("PROPOSAL_INVALID", { path, reason: "too large" });
  return bytes;
}

function asNote(bytes: Uint8Array): string | undefined {
  try {
    const text = decodeUtf8(bytes);
    parseNote(text);
    return text;
  } catch (error) {
    if (!isTallyError(error)) throw error;
    return undefined;
  }
}

/** What the log says of a member's standing, oldest first. */
export async function standingHistory(
  registry: Pick<RegistryAccess, "leavesOf">,
  did: string,
): Promise<readonly (StandingChange & { readonly index: number })[]> {
  const leaves = await registry.leavesOf("members");
  return leaves.flatMap((leaf, index) => {
    const change = membersChangeSchema.parse(parseChange(leaf).payload.change);
    return "reason" in change && "member" in change && change.member === did ? [{ ...change, index }] : [];
  });
}
