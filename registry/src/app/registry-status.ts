import { decodeUtf8, encodeBase64, evaluateQuorum, isTallyError, openCheckpoint, parseNote } from "@tallystick/proto";
import { FeedService } from "@tallystick/proto/wire";
import { connectGrpc } from "../adapters/grpc/connect-grpc.ts";
import type { RegistryState } from "../core/registry-state.ts";
import { trustedLogKey } from "../core/trust.ts";
import { SERVED_LOGS, type ServedLog } from "../server/registry-server.ts";
import { operateServed } from "./operate.ts";
import { type RegistryHome, withRegistryStore } from "./registry-home.ts";

/** How far a log has come. */
export interface LogStatus {
  readonly log: ServedLog;
  readonly origin: string;
  readonly size: number;
  /** Root of the last checkpoint, base64. */
  readonly root: string;
  /** Witnesses that have cosigned the last checkpoint, and how many must for it to be final. */
  readonly cosignedBy: readonly string[];
  readonly required: number;
  readonly final: boolean;
}

export interface RegistryStatus {
  readonly name: string;
  readonly served: boolean;
  readonly weakWitnessing: boolean;
  readonly logs: readonly LogStatus[];
  readonly members: readonly {
    readonly did: string;
    readonly name: string;
    readonly vetting: string;
    readonly suspended: boolean;
  }[];
  readonly contracts: readonly string[];
  readonly factorSets: readonly string[];
  /** Those of them that are withdrawn. */
  readonly withdrawnSets: readonly string[];
  readonly rateSets: readonly string[];
}

/**
 * What a registry holds: from the process that serves it, or else from the folder. Changes nothing and asks no witness.
 *
 * @throws PEER_UNAVAILABLE where it is served but out of reach; STORE_ codes, and what verification refuses
 */
export async function readRegistryStatus(home: RegistryHome): Promise<RegistryStatus> {
  try {
    return await withRegistryStore(
      home,
      (server) => describe(home, server.state, false, async (log) => server.log(log).checkpoint()),
      "read",
    );
  } catch (error) {
    if (!isTallyError(error, "STORE_LOCKED")) throw error;
  }
  const { address, transportKey } = home.trust.registry;
  const connection = connectGrpc({ address, identity: home.transport, expectedKey: transportKey });
  try {
    const feed = connection.client(FeedService);
    return await operateServed(home, ({ state }) =>
      describe(home, state, true, async (log) =>
        decodeUtf8((await feed.getCheckpoint({ origin: home.trust.logs[log].origin })).checkpoint),
      ),
    );
  } finally {
    connection.close();
  }
}

async function describe(
  home: RegistryHome,
  state: RegistryState,
  served: boolean,
  noteOf: (log: ServedLog) => Promise<string>,
): Promise<RegistryStatus> {
  const policy = state.members.witnessPolicy;
  const nameOf = ({ document }: { readonly document: { readonly id: string; readonly version: string } }): string =>
    `${document.id}@${document.version}`;
  let weakWitnessing = true;
  const logs: LogStatus[] = [];
  for (const log of SERVED_LOGS) {
    const note = await noteOf(log);
    const { treeSize, rootHash } = openCheckpoint(note, trustedLogKey(home.trust.logs[log])).checkpoint;
    const quorum = policy && evaluateQuorum(policy, parseNote(note));
    weakWitnessing = quorum?.weak ?? true;
    logs.push({
      log,
      origin: home.trust.logs[log].origin,
      size: treeSize,
      root: encodeBase64(rootHash),
      cosignedBy: quorum?.cosignatures.map(({ name }) => name) ?? [],
      required: quorum?.required ?? 0,
      final: quorum?.met ?? false,
    });
  }
  return {
    name: state.members.networkName,
    served,
    weakWitnessing,
    logs,
    members: [...state.members.members].map(({ did, name, vetting, suspended }) => ({ did, name, vetting, suspended })),
    contracts: [...state.contracts].map(nameOf),
    factorSets: [...state.factorSets].map(nameOf),
    withdrawnSets: [...state.factorSets].filter(({ withdrawn }) => withdrawn !== undefined).map(nameOf),
    rateSets: [...state.rateSets].map(nameOf),
  };
}
