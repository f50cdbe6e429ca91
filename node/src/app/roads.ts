import { connectGrpc, type TransportIdentity } from "@tallystick/registry";
import { nodeError } from "../errors.ts";
import type { OpenConnection } from "../ports/open-connection.ts";

/** The ways from this node to others: TCP with mutual TLS at `host:port`, libp2p at a multiaddr. */
export class Roads {
  readonly #transport: TransportIdentity;
  #libp2p: OpenConnection | undefined;

  constructor(transport: TransportIdentity) {
    this.#transport = transport;
  }

  /** Makes multiaddrs reachable, or no longer. */
  useLibp2p(open: OpenConnection | undefined): void {
    this.#libp2p = open;
  }

  readonly openConnection: OpenConnection = async (member, address, signal) => {
    if (address.startsWith("/")) {
      if (this.#libp2p === undefined) throw nodeError("ROAD_CLOSED", { address });
      return this.#libp2p(member, address, signal);
    }
    const connection = connectGrpc({ address, identity: this.#transport, expectedKey: member.transportKey });
    try {
      await connection.ready(signal);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  };
}
