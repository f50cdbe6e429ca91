import type { GossipsubOpts } from "@libp2p/gossipsub";

/** One note; a checkpoint with a full quorum's lines has far less. */
export const MAX_GOSSIP_BYTES = 65_536;

/** Strictly signed messages, forwarded only when they were found valid, from peers that behave. */
export function gossipOptions(): Partial<GossipsubOpts> {
  return {
    globalSignaturePolicy: "StrictSign",
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    runOnLimitedConnection: true,
    doPX: false,
    fallbackToFloodsub: false,
    maxInboundStreams: 2,
    maxOutboundStreams: 2,
    // A message, its signature and the control messages that come with it.
    maxInboundDataLength: 4 * MAX_GOSSIP_BYTES,
    decodeRpcLimits: {
      maxMessages: 32,
      maxSubscriptions: 8,
      maxIhaveMessageIDs: 256,
      maxIwantMessageIDs: 256,
      maxIdontwantMessageIDs: 256,
      maxControlMessages: 64,
      maxPeerInfos: 16,
    },
  };
}
