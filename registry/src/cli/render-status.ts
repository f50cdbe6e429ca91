import type { LogStatus, RegistryStatus } from "../app/registry-status.ts";

/** A registry's state as text, a line for each thing. */
export function renderStatus(status: RegistryStatus): string {
  return [
    `${status.name}: ${status.served ? "being served" : "not being served"}`,
    ...status.logs.map(renderLog),
    ...(status.weakWitnessing ? ["weak-witnessing: fewer than four witnesses"] : []),
    ...status.members.map(
      ({ did, name, vetting, suspended }) => `member ${name} (${did}), ${vetting}${suspended ? ", suspended" : ""}`,
    ),
    ...[...status.contracts, ...status.factorSets, ...status.rateSets].map((name) => `published ${name}`),
    ...status.withdrawnSets.map((name) => `withdrawn ${name}`),
  ].join("\n");
}

function renderLog({ log, size, root, cosignedBy, required, final }: LogStatus): string {
  const cosigned = `${cosignedBy.length} of the ${required} cosignatures it needs`;
  const state = required === 0 ? "nobody witnesses it" : final ? `cosigned by ${cosignedBy.join(", ")}` : cosigned;
  return `log ${log}: ${size} ${size === 1 ? "entry" : "entries"}, root ${root}, ${state}`;
}
