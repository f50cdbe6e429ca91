import { canRead } from "@tallystick/contracts";
import type { KeyResolver } from "@tallystick/proto";
import type { Member, RegisteredContract, RegistryState } from "@tallystick/registry";
import { nodeError } from "../../errors.ts";
import { standingOf } from "../keys/key-standing.ts";
import { type CheckedToken, checkToken } from "./check-token.ts";
import type { PendingAttestation } from "./read-batch.ts";
import { requireNotBackdated } from "./require-not-backdated.ts";

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
  /** Log time of an entry of the members log, Unix seconds; undefined while no quorum dates it. */
  readonly timeOfEntry: (entry: number) => number | undefined;
  /** Unix seconds. */
  readonly now: number;
}

/**
 * Judges what an attestation says and who says it (docs/protocol.md, ATT-5 to ATT-9): signature by an attesting key of the log's
 * owner, issuer the same member, the agreed contract or a version of it that reads as the agreed one, a registry state that existed,
 * no date in the future, a footprint without semantic errors.
 *
 * @throws what `requireStanding`, `checkToken`, `requireAdmissible` and `requireNotBackdated` throw
 */
export async function judgeAttestation(pending: PendingAttestation, context: JudgeContext): Promise<CheckedToken> {
  requireStanding(context);
  const checked = checkToken(pending, attestKeysFor(pending, context));
  requireAdmissible(checked, context);
  requireNotBackdated(pending, checked);
  return checked;
}

/** @throws MEMBER_SUSPENDED */
export function requireStanding({ member }: JudgeContext): void {
  if (member.suspended) throw nodeError("MEMBER_SUSPENDED", { did: member.did });
}

/**
 * The keys by which the log's owner may attest that entry: those it has, and those it had when a quorum saw the entry (docs/protocol.md,
 * KEY-9). The resolver throws KEY_RETIRED, and KEY_UNDATED where that is not known yet.
 */
export function attestKeysFor({ seenUnix }: PendingAttestation, { member, timeOfEntry }: JudgeContext): KeyResolver {
  return (kid) => {
    const record = member.keys.attestKey(kid);
    if (record?.untilEntry === undefined) return record?.key;
    const endedUnix = timeOfEntry(record.untilEntry);
    const standing = standingOf(record, seenUnix, endedUnix);
    if (standing === "undated" || seenUnix === undefined || endedUnix === undefined) {
      throw nodeError("KEY_UNDATED", { kid });
    }
    if (standing === "retired") throw nodeError("KEY_RETIRED", { kid, seenUnix, endedUnix });
    return record.key;
  };
}

/**
 * Judges a checked token by what the registry has.
 * @throws ISSUER_MISMATCH, CONTRACT_UNKNOWN, CONTRACT_MISMATCH, REGISTRY_PIN_UNKNOWN, FUTURE_DATED
 */
export function requireAdmissible({ payload }: CheckedToken, context: JudgeContext): void {
  const { member, registry, contract, now } = context;
  const { issuer, credentialSchema, registry: pin, validFrom, credentialSubject } = payload;
  if (issuer !== member.did) throw nodeError("ISSUER_MISMATCH", { issuer, owner: member.did });
  const mismatch = (): Error => nodeError("CONTRACT_MISMATCH", { expected: contract, found: credentialSchema.id });
  // Before the registry is asked for it: nobody needs to look for versions that could not be read.
  if (majorOf(contract) !== majorOf(credentialSchema.id)) throw mismatch();
  const agreed = requireContract(registry, contract);
  const registered = requireContract(registry, credentialSchema.id);
  if (agreed !== registered && !canRead(agreed.document, registered.document)) throw mismatch();
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
}

/** A contract's URN up to its major version. */
const majorOf = (urn: string): string => urn.slice(0, urn.indexOf("."));

function requireContract(registry: RegistryState, urn: string): RegisteredContract {
  const registered = registry.contract(urn);
  if (registered === undefined) throw nodeError("CONTRACT_UNKNOWN", { contract: urn });
  return registered;
}
