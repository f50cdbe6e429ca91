import type { MessageInitShape } from "@bufbuild/protobuf";
import type { EntrySchema } from "@tallystick/proto/wire";
import type { Member } from "@tallystick/registry";
import type { DeliverySource } from "../../ports/delivery-source.ts";

/** Leaves as a peer gets them: each as it stands, and opened where it delivers something to this very peer (RT-3, RT-5). */
export function feedEntries(
  deliveries: DeliverySource,
): (
  peer: Member,
  firstIndex: number,
  leaves: readonly Uint8Array[],
) => Promise<MessageInitShape<typeof EntrySchema>[]> {
  return async (peer, firstIndex, leaves) => {
    const indices = leaves.map((_, offset) => firstIndex + offset);
    const opened = await deliveries.openDeliveries(peer.did, indices);
    return leaves.map((leaf, offset) => {
      const delivery = opened.get(firstIndex + offset);
      if (delivery === undefined) return { leaf };
      const { salt, targetIndex, jws, disclosures } = delivery;
      return { leaf, delivery: { salt, targetIndex: BigInt(targetIndex), jws, disclosures: [...disclosures] } };
    });
  };
}
