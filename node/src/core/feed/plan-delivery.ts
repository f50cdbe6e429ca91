import { commitDelivery, formatLeaf, routeTag } from "@tallystick/proto";

/** What the supplier keeps of a delivery, to open it to its buyer and to nobody else. */
export interface DeliveryRecord {
  readonly buyer: string;
  readonly epoch: number;
  readonly counter: number;
  readonly targetIndex: number;
  /** base64, 32 bytes. */
  readonly salt: string;
}

/** The `deliver` leaf that addresses an entry to a buyer under the next tag of their agreement (docs/protocol.md, RT-2, RT-3). */
export function deliverLeaf(
  route: { routeKey: Uint8Array; origin: string; epoch: number; counter: number },
  target: { index: number; leafHash: Uint8Array },
  salt: Uint8Array,
): Uint8Array {
  return formatLeaf({
    kind: "deliver",
    routeTag: routeTag(route.routeKey, route.origin, route.epoch, route.counter),
    commitment: commitDelivery(salt, target.index, target.leafHash),
  });
}
