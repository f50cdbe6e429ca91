import type { Command } from "commander";
import type { FollowedFeed, StatusDocument } from "../../core/documents.ts";
import { globals, run } from "../run.ts";
import { withNode } from "../with-node.ts";

export function addStatusCommand(program: Command): void {
  program
    .command("status")
    .description("show the node's log, its suppliers and buyers, and its copy of the registry")
    .action((_options: unknown, command: Command) =>
      run(command, async (output) => {
        await withNode(globals(command), async (node) => {
          const document = await node.status();
          output.result(document, () => renderStatus(document));
        });
      }),
    );
}

/** What is held against a supplier: `tally faults list` has it in full. */
function troubles({ faults, awaited, doubts }: FollowedFeed): string {
  const said = [
    ...(faults > 0 ? [`${faults} faults`] : []),
    ...(awaited > 0 ? [`${awaited} deliveries awaited`] : []),
    ...doubts,
  ];
  return said.length === 0 ? "" : `; ${said.join(", ")}`;
}

function renderStatus(status: StatusDocument): string {
  const { feed, registry } = status;
  const signing = feed.signing === "ready" ? "signing" : `not signing: ${feed.reason ?? "locked"}`;
  const age = registry.stale ? `stale, ${registry.ageSeconds} s old` : `${registry.ageSeconds} s old`;
  return [
    `${status.name} (${status.did}), ${status.running ? `serving on port ${status.grpcPort}` : "not running"}`,
    `log ${status.origin}: ${feed.size} entries, ${feed.finalSize} final; ${signing}`,
    ...(registry.forked ?? []).map((origin) => `REGISTRY FORKED: ${origin}; the proof is in the folder evidence`),
    `registry: ${registry.members} members, ${registry.contracts} contracts, ${registry.factorSets} factor sets; ${age}`,
    ...status.follows.map(
      (f) =>
        `follows ${f.supplier}: ${f.size} entries, ${f.finalSize} final; ${f.fault === undefined ? f.state : `FAULT ${f.fault}`}${troubles(f)}`,
    ),
    ...status.buyers.map((buyer) => `serves ${buyer}`),
    `ledger: ${status.ledgerLines} lines`,
  ].join("\n");
}
