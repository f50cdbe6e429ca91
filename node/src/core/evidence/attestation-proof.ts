import { ATTESTATION_TYP, checkAttestation } from "@tallystick/contracts";
import { equalBytes, hashJws, verifyJws } from "@tallystick/proto";
import type { EvidenceItem } from "../inventory/inventory.ts";
import { standingOf } from "../keys/key-standing.ts";
import type { Claim } from "./claims.ts";
import { evidenceError } from "./evidence-errors.ts";
import type { FeedProof } from "./feed-proof.ts";
import type { RegistryProof } from "./registry-proof.ts";

/**
 * Checks an attestation against the feed that commits to it and the registry that admits its issuer. Issuer, key and
 * log must be one member's.
 *
 * @throws ATTEST_KEY_RETIRED, ENTRY_DISPUTED, LEAF_DIFFERS, ENTRY_RETRACTED, ISSUER_DIFFERS, CONTRACT_UNKNOWN, ROOT_MISMATCH and the codes of the JWS, the
 * disclosures and the attestation
 */
export function checkAttestationClaim(
  { origin, index, jws: compact, disclosures }: Claim<"attestation">,
  feed: FeedProof,
  registry: RegistryProof,
): EvidenceItem {
  const member = registry.requireMember(origin);
  const { leaf, hash } = feed.leaf(index);
  if (leaf.kind !== "attest" && leaf.kind !== "supersede") throw evidenceError("LEAF_DIFFERS", { origin, index });
  if (!equalBytes(leaf.jwsHash, hashJws(compact))) {
    throw evidenceError("LEAF_DIFFERS", { origin, index });
  }
  feed.requireLive(index);
  const jws = verifyJws(compact, ATTESTATION_TYP, (kid) => {
    const record = member.keys.attestKey(kid);
    if (record?.untilEntry === undefined) return record?.key;
    // KEY-9 and KEY-10, by the times that the bundle shows.
    const { compromisedSince: since, untilEntry } = record;
    const seenUnix = feed.seenUnix(index);
    if (since !== undefined && seenUnix !== undefined && seenUnix >= since) {
      throw evidenceError("ENTRY_DISPUTED", { origin, index, kid, since });
    }
    if (standingOf(record, seenUnix, registry.timeOfEntry(untilEntry)) === "good") return record.key;
    throw evidenceError("ATTEST_KEY_RETIRED", { origin, index, kid });
  });
  const { payload, footprint } = checkAttestation(jws.payload, disclosures, "partial");
  if (payload.issuer !== member.did) {
    throw evidenceError("ISSUER_DIFFERS", { issuer: payload.issuer, member: member.did });
  }
  registry.requireContract(payload.credentialSchema);
  registry.requireMembersRoot(payload.registry);
  return {
    ref: { origin, index, leaf: hash },
    member: member.did,
    memberName: member.name,
    footprint,
    final: feed.final,
    ...(feed.logTimeUnix === undefined ? {} : { logTimeUnix: feed.logTimeUnix }),
    source: { kid: jws.header.kid, treeSize: feed.treeSize },
    sponsored: member.vetting === "sponsored",
  };
}
