/** What a `deliver` leaf delivers, opened to the one it is addressed to. */
export interface OpenedDelivery {
  readonly salt: Uint8Array;
  readonly targetIndex: number;
  readonly jws: string;
  readonly disclosures: readonly string[];
}

/** Opens deliveries of this node's feed. Only ever asked for the buyer at the other end of an authenticated connection. */
export interface DeliverySource {
  /** The deliveries among these indices that are addressed to the buyer. */
  openDeliveries(buyer: string, indices: readonly number[]): Promise<ReadonlyMap<number, OpenedDelivery>>;
}
