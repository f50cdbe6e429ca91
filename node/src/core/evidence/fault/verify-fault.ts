import type { TrustAnchor } from "../registry-proof.ts";
import { checkBackdated, checkInvalidAttestation } from "./attestation-faults.ts";
import { checkBadCheckpoint, checkRewritten, checkRolledBack } from "./checkpoint-faults.ts";
import { type Exhibit, type FaultKind, type FaultStatement, parseFault } from "./fault-document.ts";
import { requireReport } from "./fault-report.ts";
import type { Finding } from "./finding.ts";
import { checkAltered, checkFalseDisclosures, checkMisaddressed } from "./handed-over.ts";
import { checkMalformedLeaf, checkWrongTarget } from "./leaf-faults.ts";
import { MembersProof } from "./members-proof.ts";
import { checkDropped, checkReordered, checkTagReused, checkWithheld } from "./route-faults.ts";
import { Scene } from "./scene.ts";
import { checkTwoLive } from "./two-live.ts";

/** What a fault document that holds says. */
export interface FaultVerdict {
  readonly ok: true;
  readonly type: "fault";
  readonly kind: FaultKind;
  /** The network's name, as its genesis has it. */
  readonly network: string;
  /** Whom it is against. */
  readonly member: string;
  readonly memberName: string;
  readonly origin: string;
  /** Who reports it, and when by its own clock: what is claimed is this member's signed word. */
  readonly reporter: string;
  readonly reportedAt: string;
  /** What anybody can see from the document. */
  readonly proven: readonly string[];
  /** What the reporter says beyond it. */
  readonly claimed: readonly string[];
  readonly notProven: readonly string[];
  /** Whether a quorum of witnesses cosigned the checkpoint that it stands under, and then when (Unix seconds). */
  readonly final: boolean;
  readonly logTimeUnix?: number;
  /** The members log that keys were taken from. */
  readonly registry: { readonly origin: string; readonly size: number; readonly witnessed: boolean };
}

type Check<K extends FaultKind> = (exhibit: Exhibit<K>, scene: Scene) => Finding;

const CHECKS: { readonly [K in FaultKind]: Check<K> } = {
  withheld: checkWithheld,
  "tag-reused": checkTagReused,
  dropped: checkDropped,
  reordered: checkReordered,
  altered: checkAltered,
  misaddressed: checkMisaddressed,
  "false-disclosures": checkFalseDisclosures,
  "invalid-attestation": checkInvalidAttestation,
  backdated: checkBackdated,
  "wrong-target": checkWrongTarget,
  "malformed-leaf": checkMalformedLeaf,
  "two-live": checkTwoLive,
  "rolled-back": checkRolledBack,
  rewritten: checkRewritten,
  "bad-checkpoint": checkBadCheckpoint,
};

/**
 * Verifies a fault document with no I/O, against the network's trust file alone (docs/protocol.md, section 11).
 *
 * @throws FAULT_MALFORMED, FAULT_NOT_SHOWN, JSON_NOT_CANONICAL, MEMBER_UNKNOWN, ORIGIN_MISMATCH, ISSUER_DIFFERS, ROOT_MISMATCH and the codes
 *   of notes, checkpoints, proofs, leaves, JWSs and changes of the registry
 */
export function verifyFault(bytes: Uint8Array, trust: TrustAnchor): FaultVerdict {
  const { report, ...statement } = parseFault(bytes);
  const members = new MembersProof(trust, statement.registry);
  const { reporter, reportedAt } = requireReport(report, statement, members);
  const { finding, scene } = checkStatement(statement, reporter, members);
  const { proven, claimed, notProven, checkpoint } = finding;
  const { origin, size, witnessed } = members;
  return {
    ok: true,
    type: "fault",
    kind: statement.exhibit.kind,
    network: members.networkName,
    member: scene.member.did,
    memberName: scene.member.name,
    origin: scene.origin,
    reporter,
    reportedAt,
    proven,
    claimed,
    notProven: [...notProven, ...scene.caveats],
    final: checkpoint?.final ?? false,
    ...(checkpoint?.logTimeUnix === undefined ? {} : { logTimeUnix: checkpoint.logTimeUnix }),
    registry: { origin, size, witnessed },
  };
}

/** Checks what a statement lays open, before or after it is signed. */
export function checkStatement(
  { exhibit, member, origin }: FaultStatement,
  reporter: string,
  members: MembersProof,
): { readonly finding: Finding; readonly scene: Scene } {
  const scene = new Scene({ kind: exhibit.kind, member, origin, reporter, members });
  const check = CHECKS[exhibit.kind] as Check<FaultKind>;
  return { finding: check(exhibit, scene), scene };
}
