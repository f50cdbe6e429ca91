import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type Approval,
  type ChangePayload,
  canonicalJson,
  decodeBase64url,
  encodeBase64,
  encodeBase64url,
  formatChange,
  isTallyError,
  sha256,
  signChangeAsync,
  utf8Encode,
  verifyChange,
} from "@tallystick/proto";
import { z } from "zod";
import type { MaintainerKey } from "../core/build-change.ts";
import type { Maintainers } from "../core/maintainers.ts";
import { registryError } from "../errors.ts";
import { readJson, replaceJson } from "./home-files.ts";

// A change that waits for its approvals, as files, so that maintainers on other machines can sign it: change.json is what they sign, and each
// adds approvals/<key id>.json.

const payloadSchema = z.strictObject({
  v: z.literal(1),
  log: z.string(),
  sequence: z.int().min(0),
  previous: z.string(),
  change: z.record(z.string(), z.unknown()),
});
const approvalSchema = z.strictObject({
  v: z.literal(1),
  kid: z.string().min(1).max(320),
  /** Digest of what was signed. */
  change: z.string(),
  signature: z.string(),
});

/** SHA-256 of a payload's JCS, base64: by it an approval says what it is of. */
export const payloadDigest = (payload: ChangePayload): string =>
  encodeBase64(sha256(utf8Encode(canonicalJson(payload))));

const invalid = (path: string, reason: string, cause?: unknown): Error =>
  registryError("PROPOSAL_INVALID", { path, reason }, { cause });

/** The payload that waits in a folder; undefined where none does. @throws PROPOSAL_INVALID */
export async function readPendingChange(folder: string): Promise<ChangePayload | undefined> {
  const path = join(folder, "change.json");
  if (!existsSync(path)) return undefined;
  try {
    return (await readJson(path, payloadSchema)) as ChangePayload;
  } catch (cause) {
    throw invalid(path, "not a change", cause);
  }
}

/** Makes a change the one that waits in a folder. */
export async function writePendingChange(folder: string, payload: ChangePayload): Promise<void> {
  await mkdir(folder, { recursive: true });
  await replaceJson(join(folder, "change.json"), payload);
}

/** Signs what waits. The same maintainer again signs the same. */
export async function addApproval(folder: string, payload: ChangePayload, { kid, key }: MaintainerKey): Promise<void> {
  const { signature } = await signChangeAsync(payload, kid, key);
  const approvals = join(folder, "approvals");
  await mkdir(approvals, { recursive: true });
  const document = { v: 1, kid, change: payloadDigest(payload), signature: encodeBase64url(signature) };
  // A key's id may hold what no file's name does.
  await replaceJson(join(approvals, `${encodeURIComponent(kid)}.json`), document);
}

/** The approvals that lie in a folder, apart from those of another payload: the log went on after they were made. */
export interface CollectedApprovals {
  readonly approvals: readonly Approval[];
  readonly voided: readonly string[];
}

/**
 * Collects approvals. Void ones are removed.
 * @throws PROPOSAL_INVALID at one that is damaged, by no maintainer, or with a bad signature: the log would refuse the change for it
 */
export async function collectApprovals(
  folder: string,
  payload: ChangePayload,
  { keys }: Maintainers,
): Promise<CollectedApprovals> {
  const approvals: Approval[] = [];
  const voided: string[] = [];
  for (const path of await approvalFiles(folder)) {
    const { kid, change, signature } = await readApproval(path);
    if (change !== payloadDigest(payload)) {
      voided.push(kid);
      await rm(path);
      continue;
    }
    const approval = { kid, signature: decodeSignature(path, signature) };
    try {
      verifyChange(formatChange({ payload, approvals: [approval] }), { threshold: 1, resolve: (id) => keys.get(id) });
    } catch (cause) {
      if (!isTallyError(cause)) throw cause;
      throw invalid(path, cause.code === "KEY_UNKNOWN" ? `${kid} is no maintainer` : "the signature is bad", cause);
    }
    if (approvals.some((other) => other.kid === kid)) throw invalid(path, `${kid} approves twice`);
    approvals.push(approval);
  }
  return { approvals, voided };
}

async function approvalFiles(folder: string): Promise<string[]> {
  const approvals = join(folder, "approvals");
  if (!existsSync(approvals)) return [];
  return (await readdir(approvals))
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => join(approvals, name));
}

async function readApproval(path: string): Promise<z.infer<typeof approvalSchema>> {
  try {
    return await readJson(path, approvalSchema);
  } catch (cause) {
    throw invalid(path, "not an approval", cause);
  }
}

function decodeSignature(path: string, text: string): Uint8Array {
  try {
    return decodeBase64url(text);
  } catch (cause) {
    throw invalid(path, "not a signature", cause);
  }
}
