import { encodeBase64 } from "@tallystick/proto";
import type { WriteOp } from "@tallystick/registry";
import type { Verdict } from "../core/journal/verdict.ts";
import type { ReceivedDelivery } from "../core/subscription/read-batch.ts";
import { type ExhibitRecord, keys, putRecord } from "./node-records.ts";

/** What was handed over with entries that were refused: kept as it came, to show it to others. */
export function exhibitsOf(
  verdicts: readonly Verdict[],
  deliveries: ReadonlyMap<number, ReceivedDelivery>,
): readonly WriteOp[] {
  return verdicts.flatMap((verdict) => {
    if (verdict.kind !== "refused") return [];
    const { origin, index } = verdict;
    // A verdict names the leaf that delivered, or the entry that was delivered.
    const [deliveredAt, delivery] =
      [...deliveries].find(([at]) => at === index) ??
      [...deliveries].find(([, { targetIndex }]) => targetIndex === index) ??
      [];
    if (deliveredAt === undefined || delivery === undefined || delivery.targetIndex < 0) return [];
    const { salt, targetIndex, jws, disclosures } = delivery;
    const record: ExhibitRecord = {
      v: 1,
      deliveredAt,
      salt: encodeBase64(salt),
      targetIndex,
      jws: jws.toWellFormed(),
      disclosures: disclosures.map((each) => each.toWellFormed()),
    };
    return [putRecord(keys.exhibit(origin, index), record)];
  });
}
