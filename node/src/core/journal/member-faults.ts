import type { MemberFault } from "../inventory/inventory.ts";
import type { Verdict } from "./verdict.ts";

/** What a verdict shows of a member that no honest node does, and how it was noticed. */
export function faultOf(verdict: Verdict): MemberFault | undefined {
  const { member, origin } = verdict;
  switch (verdict.kind) {
    case "withheld":
      return fault(member, "withheld", "route-tag", `${origin}#${verdict.index} is addressed here and was not sent`);
    case "dropped":
      return fault(
        member,
        "dropped",
        "route-counter",
        `delivery ${verdict.counter} is missing before ${origin}#${verdict.index}`,
      );
    case "tag-reused":
      return fault(member, "tag-reused", "route-tag", `${origin}#${verdict.index} repeats delivery ${verdict.counter}`);
    case "feed-fault":
      return fault(member, verdict.code, "checkpoint", `${origin} at size ${verdict.size}: ${verdict.reason}`);
    case "refused":
      if (verdict.code !== "ENTRY_ALTERED") return undefined;
      return fault(
        member,
        "altered",
        "leaf-hash",
        `what ${origin}#${verdict.index} delivered is not what the log says was published`,
      );
    default:
      return undefined;
  }
}

const fault = (member: string, kind: string, caughtBy: string, detail: string): MemberFault => ({
  member,
  kind,
  caughtBy,
  detail,
});
