import type { MemberFault } from "../inventory/inventory.ts";
import type { Verdict } from "./verdict.ts";

/** What a verdict shows of a member that no honest node does, and how it was noticed. */
export function faultOf(verdict: Verdict): MemberFault | undefined {
  const { member, origin } = verdict;
  const fault = (kind: string, caughtBy: string, detail: string): MemberFault => ({ member, kind, caughtBy, detail });
  switch (verdict.kind) {
    case "withheld":
      return fault("withheld", "route-tag", `${origin}#${verdict.index} is addressed here and was not sent`);
    case "dropped":
      return fault(
        "dropped",
        "route-counter",
        `delivery ${verdict.counter} is missing before ${origin}#${verdict.index}`,
      );
    case "reordered":
      return fault(
        "reordered",
        "route-counter",
        `${origin}#${verdict.index} is delivery ${verdict.counter}, after later ones`,
      );
    case "tag-reused":
      return fault("tag-reused", "route-tag", `${origin}#${verdict.index} repeats delivery ${verdict.counter}`);
    case "feed-fault":
      return fault(verdict.code, "checkpoint", `${origin} at size ${verdict.size}: ${verdict.reason}`);
    case "refused": {
      const shown = refusalFault(verdict);
      return shown === undefined ? undefined : fault(...shown);
    }
    default:
      return undefined;
  }
}

/**
 * What a refusal holds against the log's owner. Other codes hold nothing against it: a contract or a registry state that is not known
 * here, a member suspended since, a key that may have been rotated.
 */
function refusalFault({
  member,
  origin,
  index,
  code,
  reason,
}: Extract<Verdict, { kind: "refused" }>): [kind: string, caughtBy: string, detail: string] | undefined {
  const entry = `${origin}#${index}`;
  switch (code) {
    case "ENTRY_ALTERED":
      return ["altered", "leaf-hash", `what ${entry} delivered is not what the log says was published`];
    case "COMMITMENT_INVALID":
    case "ENTRY_UNKNOWN":
      return ["opening-invalid", "commitment", `what was sent with ${entry} does not open it`];
    case "DELIVERY_MISADDRESSED":
      return ["misaddressed", "route-tag", `what was sent with ${entry} is not addressed here`];
    case "TARGET_INVALID":
      return ["wrong-target", "leaf", `${entry} names an entry that it cannot name`];
    case "LEAF_MALFORMED":
      return ["malformed-leaf", "leaf", `${entry} is no record of this protocol`];
    case "DISCLOSURE_INVALID":
      return ["false-disclosures", "disclosures", `what was sent with ${entry} is not what was signed there`];
    case "FUTURE_DATED":
    case "BACKDATED":
      return ["misdated", "log-time", `${entry}: ${reason}`];
    case "KEY_UNKNOWN":
      // A key of the member's own that is not known any more may be one it had.
      if (reason.includes(`"${member}#`)) return undefined;
      return ["invalid-attestation", "signature", `${entry} is attested by another's key`];
    case "ISSUER_MISMATCH":
    case "SIGNATURE_INVALID":
    case "JWS_MALFORMED":
    case "JSON_NOT_CANONICAL":
    case "ATTESTATION_INVALID":
    case "FOOTPRINT_INVALID":
      return ["invalid-attestation", code === "SIGNATURE_INVALID" ? "signature" : "attestation", `${entry}: ${code}`];
    default:
      return undefined;
  }
}

/** What a missing delivery is known by until it comes: the leaf of one that was not opened, the counter of one that has no leaf. */
export function missingKey(verdict: Verdict): string | undefined {
  const { origin } = verdict;
  if (verdict.kind === "withheld") return leafKey(origin, verdict.index);
  if (verdict.kind === "dropped") return counterKey(origin, verdict.counter);
  const opens =
    verdict.kind === "refused" && (verdict.code === "COMMITMENT_INVALID" || verdict.code === "ENTRY_UNKNOWN");
  return opens ? leafKey(origin, verdict.index) : undefined;
}

/** The `missingKey` of what a verdict says has come after all. */
export function healedKey(verdict: Verdict): string | undefined {
  if (verdict.kind === "late") return leafKey(verdict.origin, verdict.index);
  return verdict.kind === "reordered" ? counterKey(verdict.origin, verdict.counter) : undefined;
}

const leafKey = (origin: string, index: number): string => `${origin}#${index}`;
const counterKey = (origin: string, counter: number): string => `${origin} delivery ${counter}`;
