import { FeedService } from "@tallystick/proto/wire";
import { connectGrpc } from "@tallystick/registry";
import type { Cheat } from "./cheat.ts";
import type { Workbench } from "./workbench.ts";

/** Logs as its own what it got from its supplier, signature and all. */
export const replaying: Cheat = {
  publish: async (bench) => {
    for (const { jws, disclosures } of await boughtFrom(bench)) {
      await bench.deliver(await bench.logJws(jws, disclosures));
    }
  },
};

/** What its suppliers delivered to this member, read again from them. */
async function boughtFrom({ app }: Workbench): Promise<readonly { jws: string; disclosures: readonly string[] }[]> {
  const bought: { jws: string; disclosures: readonly string[] }[] = [];
  for (const { agreement, address } of app.agreements.purchases) {
    const { supplier, origin } = agreement.offer;
    const member = app.replica.state.members.memberOf(supplier);
    if (member === undefined) continue;
    const connection = connectGrpc({ address, identity: app.home.transport, expectedKey: member.transportKey });
    try {
      const stream = connection.client(FeedService).streamEntries({ origin, from: 0n, once: true });
      for await (const { entries } of stream) bought.push(...entries.flatMap(({ delivery }) => delivery ?? []));
    } finally {
      connection.close();
    }
  }
  return bought;
}
