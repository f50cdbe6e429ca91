import type { GrpcConnection, Member } from "@tallystick/registry";

/**
 * Opens a connection to a member that proves to be that member: over TLS to `host:port`, over libp2p to a multiaddr. Resolves when the
 * connection stands; the caller closes it.
 *
 * @throws PEER_UNAVAILABLE where it cannot be reached, CALL_CANCELLED, ADDRESS_INVALID, ROAD_CLOSED
 */
export type OpenConnection = (member: Member, address: string, signal?: AbortSignal) => Promise<GrpcConnection>;
