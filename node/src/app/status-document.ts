import { parseNote } from "@tallystick/proto";
import type { Replica, TiledLog } from "@tallystick/registry";
import type { Libp2pRoad } from "../adapters/libp2p/libp2p-road.ts";
import type { Libp2pStatus, StatusDocument } from "../core/documents.ts";
import type { FaultHistory } from "../core/journal/fault-history.ts";
import { type FeedState, newFeedState } from "../core/subscription/feed-state.ts";
import type { Agreements } from "./agreements.ts";
import type { CheckpointWatch } from "./checkpoint-watch.ts";
import type { CoveredChecks } from "./covered-checks.ts";
import type { FeedSigning } from "./feed-signing.ts";
import type { Followers } from "./followers.ts";
import type { InventoryKeeper } from "./inventory-keeper.ts";
import type { NodeHome } from "./node-home.ts";
import type { Publisher } from "./publisher.ts";
import type { RegistryLink } from "./registry-link.ts";

/** What a node's status is told from. */
export interface StatusSources {
  readonly home: NodeHome;
  readonly log: TiledLog;
  readonly replica: Replica;
  readonly link: RegistryLink;
  readonly signing: FeedSigning;
  readonly watch: CheckpointWatch;
  readonly agreements: Agreements;
  readonly followers: Followers;
  readonly feeds: ReadonlyMap<string, FeedState>;
  readonly publisher: Publisher;
  readonly inventory: InventoryKeeper;
  readonly faultHistory: FaultHistory;
  readonly covered: CoveredChecks;
  readonly running: boolean;
  readonly ports: ServedAt | undefined;
}

/** Where a node is served. */
export interface ServedAt {
  readonly grpc: number;
  readonly http: number;
  readonly libp2p?: Libp2pRoad;
}

export function statusDocument(sources: StatusSources): StatusDocument {
  const { home, log, signing, agreements, publisher, inventory, covered, running, ports } = sources;
  const final = log.finalCheckpoint();
  return {
    did: home.signatory.did,
    name: home.name,
    origin: home.origin,
    running,
    ...(ports === undefined ? {} : { grpcPort: ports.grpc, httpPort: ports.http }),
    ...(ports?.libp2p === undefined ? {} : { libp2p: libp2pStatus(ports.libp2p, sources) }),
    feed: {
      size: log.size,
      finalSize: final === undefined ? 0 : Number(parseNote(final).text.split("\n")[1]),
      signing: signing.ready ? "ready" : "locked",
      ...(signing.ready ? {} : { reason: signing.reason }),
    },
    registry: registryStatus(sources),
    follows: agreements.purchases.map((purchase) => followStatus(purchase, sources)),
    buyers: publisher.buyers,
    covered: { waiting: covered.waiting, overdueSeconds: covered.overdueSeconds },
    ledgerLines: inventory.ledger.current.size,
    peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

function libp2pStatus(road: Libp2pRoad, { replica }: StatusSources): Libp2pStatus {
  return {
    peerId: road.peerId,
    addresses: road.listening(),
    connections: road.connections().map(({ publicKey, address, relayed }) => {
      const did = publicKey === undefined ? undefined : replica.state.members.memberByTransportKey(publicKey)?.did;
      return { ...(did === undefined ? {} : { did }), address, relayed };
    }),
  };
}

function registryStatus({ replica, link, watch }: StatusSources): StatusDocument["registry"] {
  const { state } = replica;
  const forked = watch.doubts.filter(({ code }) => code === "registry-forked").map(({ origin }) => origin);
  return {
    members: [...state.members.members].length,
    contracts: [...state.contracts].length,
    factorSets: [...state.factorSets].length,
    treeSize: replica.pin.size,
    ageSeconds: Number.isFinite(replica.ageSeconds) ? replica.ageSeconds : -1,
    stale: replica.isStale,
    reachable: link.reachable,
    ...(forked.length === 0 ? {} : { forked }),
  };
}

function followStatus(
  { agreement: { offer }, address }: Agreements["purchases"][number],
  { followers, feeds, faultHistory, watch }: StatusSources,
): StatusDocument["follows"][number] {
  const { supplier, origin, epoch } = offer;
  const follower = followers.get(supplier);
  const feed = follower?.state ?? feeds.get(origin) ?? newFeedState(supplier, origin, epoch);
  return {
    supplier,
    origin,
    address,
    size: feed.frontier.size,
    finalSize: feed.finalSize,
    faults: faultHistory.all.filter((fault) => fault.member === supplier && fault.healedBy === undefined).length,
    awaited: feed.awaited.length,
    state: feed.fault !== undefined ? "faulted" : follower?.connected === true ? "live" : "connecting",
    ...(feed.fault === undefined ? {} : { fault: feed.fault }),
    doubts: watch.doubts.filter((doubt) => doubt.origin === origin).map(({ code }) => code),
  };
}
