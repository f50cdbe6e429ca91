import { ATTESTATION_TYP } from "@tallystick/contracts";
import { equalBytes, hashJws, isTallyError, parseJws } from "@tallystick/proto";
import { nodeError } from "../../../errors.ts";
import { type CheckedToken, checkToken } from "../../subscription/check-token.ts";
import { FUTURE_TOLERANCE_SECONDS } from "../../subscription/judge-attestation.ts";
import { BACKDATE_TOLERANCE_SECONDS } from "../../subscription/require-not-backdated.ts";
import type { Exhibit } from "./fault-document.ts";
import type { Finding } from "./finding.ts";
import type { Scene, ShownCheckpoint, ShownLeaf } from "./scene.ts";

// Attestations that the log commits to, byte for byte, and that no verifier accepts (docs/protocol.md, ATT-1 to ATT-10).

/** The entry whose bytes are these. @throws FAULT_NOT_SHOWN unless the leaf commits to them */
function requireEntry(
  { log, jws }: Exhibit<"invalid-attestation" | "backdated">,
  scene: Scene,
): { checkpoint: ShownCheckpoint; leaf: ShownLeaf } {
  const { checkpoint, leaves } = scene.leaves(log);
  const [leaf] = leaves as [ShownLeaf];
  if (!equalBytes(scene.publishedBy(leaf), hashJws(jws))) throw scene.notShown("the log commits to other bytes");
  return { checkpoint, leaf };
}

export function checkInvalidAttestation(exhibit: Exhibit<"invalid-attestation">, scene: Scene): Finding {
  const { checkpoint, leaf } = requireEntry(exhibit, scene);
  const code = refusalOf(exhibit.jws, scene, checkpoint);
  if (code !== exhibit.code)
    throw scene.notShown(`the attestation is ${code === undefined ? "valid" : `refused with ${code}`}`);
  return {
    checkpoint,
    proven: [
      `entry ${leaf.index} of ${scene.origin} commits to exactly the bytes shown`,
      `every verifier refuses them as an attestation of ${scene.member.did}: ${code}`,
    ],
    claimed: [],
    notProven: ["who wrote the bytes: the log's owner committed to them"],
  };
}

/** What a verifier refuses the bytes with, as far as that follows from what is shown. */
function refusalOf(jws: string, scene: Scene, checkpoint: ShownCheckpoint): string | undefined {
  try {
    const checked = checkToken({ jws, disclosures: [] }, scene.attestKey);
    requireTrue(checked, scene, checkpoint);
    return undefined;
  } catch (error) {
    if (!isTallyError(error)) throw error;
    if (error.code === "KEY_UNKNOWN") requireKnowable(jws, scene);
    return error.code;
  }
}

/** That an own key is not known says something only of a members log as long as the one that the attestation relies on. */
function requireKnowable(jws: string, scene: Scene): void {
  const { header, payload } = parseJws(jws, ATTESTATION_TYP);
  if (!header.kid.startsWith(`${scene.member.did}#`)) return;
  const { treeSize } = (payload.registry ?? {}) as { treeSize?: unknown };
  if (typeof treeSize !== "number" || treeSize > scene.members.size) {
    throw scene.notShown("the members log shown may be too old to have that key");
  }
}

function requireTrue({ payload }: CheckedToken, scene: Scene, { logTimeUnix }: ShownCheckpoint): void {
  const { issuer, registry: pin, validFrom, credentialSubject } = payload;
  if (issuer !== scene.member.did) throw nodeError("ISSUER_MISMATCH", { issuer, owner: scene.member.did });
  const root = scene.members.rootAt(pin.treeSize);
  const isFalse = pin.origin !== scene.members.origin || (root !== undefined && root !== pin.rootHash);
  if (isFalse) throw nodeError("REGISTRY_PIN_UNKNOWN", { origin: pin.origin, treeSize: pin.treeSize });
  if (logTimeUnix === undefined) return;
  for (const [field, at] of [
    ["validFrom", validFrom],
    ["created", credentialSubject.created],
  ] as const) {
    if (Date.parse(at) / 1000 > logTimeUnix + FUTURE_TOLERANCE_SECONDS) throw nodeError("FUTURE_DATED", { field, at });
  }
}

export function checkBackdated(exhibit: Exhibit<"backdated">, scene: Scene): Finding {
  const { checkpoint, leaf } = requireEntry(exhibit, scene);
  const before = scene.checkpoint(exhibit.before);
  if (before.treeSize > leaf.index) throw scene.notShown("the earlier checkpoint covers the entry");
  if (before.logTimeUnix === undefined) throw scene.notShown("no quorum cosigned the earlier checkpoint");
  const { payload } = checkToken({ jws: exhibit.jws, disclosures: [] }, scene.attestKey);
  const { validFrom } = payload;
  if (Date.parse(validFrom) / 1000 >= before.logTimeUnix - BACKDATE_TOLERANCE_SECONDS) {
    throw scene.notShown("it is not dated before the log was without it");
  }
  return {
    checkpoint,
    proven: [
      `entry ${leaf.index} of ${scene.origin} says that it is from ${validFrom}`,
      `at ${new Date(before.logTimeUnix * 1000).toISOString()} the log had ${before.treeSize} entries, and not this one`,
    ],
    claimed: [],
    notProven: ["that the figure is wrong: its date is"],
  };
}
