import type { FaultVerdict } from "../core/evidence/fault/verify-fault.ts";

/** What a fault document comes to, for a person. */
export function renderFaultVerdict(verdict: FaultVerdict): string {
  const { kind, member, memberName, origin, reporter, reportedAt, proven, claimed, notProven, registry } = verdict;
  const time = verdict.logTimeUnix === undefined ? "" : `, ${new Date(verdict.logTimeUnix * 1000).toISOString()}`;
  return [
    `fault: ${kind}, against ${member} (${memberName}), log ${origin}`,
    `reported by ${reporter} at ${reportedAt}`,
    ...proven.map((what) => `proven: ${what}`),
    ...claimed.map((what) => `claimed by ${reporter}, not proven: ${what}`),
    ...notProven.map((what) => `not shown: ${what}`),
    `checkpoint: ${verdict.final ? `final${time}` : "signed by its owner alone"}`,
    `keys from ${registry.origin} at ${registry.size} entries${registry.witnessed ? "" : ", not witnessed"}`,
  ].join("\n");
}
