import { ATTESTATION_TYP, type CheckedAttestation, canRead, checkAttestation } from "@tallystick/contracts";
import { type JsonObject, verifyJwsAsync } from "@tallystick/proto";
import type { Member, RegisteredContract, RegistryState } from "@tallystick/registry";
import { nodeError } from "../../errors.ts";
import type { PendingAttestation } from "./read-batch.ts";

/** How far ahead of this node's clock a date may lie. */
export const FUTURE_TOLERANCE_SECONDS = 300;

export interface JudgeContext {
  /** Owner of the log that the attestation stands in. */
  readonly member: Member;
  readonly registry: RegistryState;
  /** URN of the contract that was agreed on. */
  readonly contract: string;
  /** Root (base64) of the members log at a size, or undefined where this node does not know that size. */
  readonly membersRootAt: (size: number) => string | undefined;
  /** Unix seconds. */
  readonly now: number;
}

/** An attestation that may count. */
export interface JudgedAttestation {
  readonly kid: string;
  readonly attestation: CheckedAttestation;
}

/**
 * Judges what an attestation says and who says it (docs/protocol.md, ATT-5 to ATT-9): signature by an attesting key of the log's
 * owner, issuer the same member, the agreed contract or a version of it that reads as the agreed one, a registry state that existed,
 * no date in the future, a footprint without semantic errors.
 *
 * @throws JWS_MALFORMED, JSON_NOT_CANONICAL, KEY_UNKNOWN, SIGNATURE_INVALID, ATTESTATION_INVALID, FOOTPRINT_INVALID, DISCLOSURE_INVALID,
 *   ISSUER_MISMATCH, MEMBER_SUSPENDED, CONTRACT_UNKNOWN, CONTRACT_MISMATCH, REGISTRY_PIN_UNKNOWN, FUTURE_DATED
 */
export async function judgeAttestation(pending: PendingAttestation, context: JudgeContext): Promise<JudgedAttestation> {
  const { member, registry, contract, now } = context;
  if (member.suspended) throw nodeError("MEMBER_SUSPENDED", { did: member.did });
  const jws = await verifyJwsAsync(pending.jws, ATTESTATION_TYP, (kid) => registry.attestKey(member, kid));
  const attestation = checkAttestation(jws.payload as JsonObject, pending.disclosures, "partial");
  const { issuer, credentialSchema, registry: pin, validFrom, credentialSubject } = attestation.payload;
  if (issuer !== member.did) throw nodeError("ISSUER_MISMATCH", { issuer, owner: member.did });
  const mismatch = (): Error => nodeError("CONTRACT_MISMATCH", { expected: contract, found: credentialSchema.id });
  // Before the registry is asked for it: nobody needs to look for versions that could not be read.
  if (majorOf(contract) !== majorOf(credentialSchema.id)) throw mismatch();
  const agreed = requireContract(registry, contract);
  const registered = requireContract(registry, credentialSchema.id);
  if (!canRead(agreed.document, registered.document)) throw mismatch();
  if (registered.digest !== credentialSchema.digest) {
    throw nodeError("CONTRACT_MISMATCH", { expected: registered.digest, found: credentialSchema.digest });
  }
  if (pin.origin !== registry.members.log.origin || context.membersRootAt(pin.treeSize) !== pin.rootHash) {
    throw nodeError("REGISTRY_PIN_UNKNOWN", { origin: pin.origin, treeSize: pin.treeSize });
  }
  for (const [field, at] of [
    ["validFrom", validFrom],
    ["created", credentialSubject.created],
  ] as const) {
    if (Date.parse(at) / 1000 > now + FUTURE_TOLERANCE_SECONDS) throw nodeError("FUTURE_DATED", { field, at });
  }
  return { kid: jws.header.kid, attestation };
}

/** A contract's URN up to its major version. */
const majorOf = (urn: string): string => urn.slice(0, urn.indexOf("."));

function requireContract(registry: RegistryState, urn: string): RegisteredContract {
  const registered = registry.contract(urn);
  if (registered === undefined) throw nodeError("CONTRACT_UNKNOWN", { contract: urn });
  return registered;
}
