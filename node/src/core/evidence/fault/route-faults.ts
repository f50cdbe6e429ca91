import { decodeBase64, equalBytes, HASH_BYTES, isTallyError, parseLeaf, routeTag, tagOf } from "@tallystick/proto";
import type { Exhibit } from "./fault-document.ts";
import type { Finding } from "./finding.ts";
import type { Scene, ShownLeaf } from "./scene.ts";

// Deliveries that are addressed to the reporter: not sent, skipped, out of order, twice under one tag (docs/protocol.md, RT-4, RT-6).

/** Opens a leaf's tag to its secret, which nobody has but those who hold the route key. */
function requireTag(scene: Scene, leaf: ShownLeaf, secret: string): void {
  const opened = decodeBase64(secret);
  if (opened.length !== HASH_BYTES || !equalBytes(tagOf(opened), scene.deliver(leaf).routeTag)) {
    throw scene.notShown(`the secret does not open the tag of leaf ${leaf.index}`);
  }
}

export function checkWithheld(exhibit: Exhibit<"withheld">, scene: Scene): Finding {
  const { checkpoint, leaves } = scene.leaves(exhibit.log);
  const [leaf] = leaves as [ShownLeaf];
  const { epoch } = scene.agreement(exhibit.agreement);
  requireTag(scene, leaf, exhibit.secret);
  return {
    checkpoint,
    proven: [
      `entry ${leaf.index} of ${scene.origin} commits to a delivery under a tag whose secret the reporter holds`,
      `both agreed on deliveries over this log (epoch ${epoch})`,
    ],
    claimed: ["the delivery was not sent to the reporter, nor when it was asked for again"],
    notProven: ["what the delivery would have been of"],
  };
}

export function checkTagReused(exhibit: Exhibit<"tag-reused">, scene: Scene): Finding {
  const { checkpoint, leaves } = scene.leaves(exhibit.log);
  const [first, second] = leaves as [ShownLeaf, ShownLeaf];
  scene.agreement(exhibit.agreement);
  if (first.index >= second.index) throw scene.notShown("the two entries are not one after the other");
  for (const leaf of [first, second]) requireTag(scene, leaf, exhibit.secret);
  return {
    checkpoint,
    proven: [
      `entries ${first.index} and ${second.index} of ${scene.origin} carry one route tag, which may be used once`,
      "the reporter holds the tag's secret: it is one of their agreement",
    ],
    claimed: [],
    notProven: ["why: by mistake or to hide a delivery"],
  };
}

export function checkDropped(exhibit: Exhibit<"dropped">, scene: Scene): Finding {
  const { checkpoint, leaves } = scene.range(exhibit.log);
  const offer = scene.agreement(exhibit.agreement);
  const routeKey = scene.routeKey(exhibit.routeKey, offer);
  const tag = (counter: number): Uint8Array => routeTag(routeKey, scene.origin, offer.epoch, counter);
  const { counter } = exhibit;
  const [first] = leaves;
  if (first === undefined) throw scene.notShown("no entries");
  const startsRight = counter === 0 ? first.index === 0 : hasTag(first, tag(counter - 1));
  if (!startsRight) throw scene.notShown("the entries do not start at the delivery before");
  const last = leaves.at(-1) as ShownLeaf;
  const ahead = Array.from({ length: LOOK_AHEAD }, (_, n) => counter + 1 + n);
  const after = leaves.find((leaf) => ahead.some((later) => hasTag(leaf, tag(later))));
  if (after === undefined) throw scene.notShown("no later delivery follows");
  const missing = tag(counter);
  const found = leaves.find((leaf) => hasTag(leaf, missing));
  if (found !== undefined && found.index < after.index) throw scene.notShown(`entry ${found.index} is that delivery`);
  return {
    checkpoint,
    proven: [
      `${scene.origin} has a delivery to the reporter after number ${counter} at entry ${after.index}, and number ${counter} not before it`,
      found === undefined
        ? `number ${counter} is in none of the entries up to ${last.index}`
        : `number ${counter} came at entry ${found.index}, after a later one`,
    ],
    claimed: [],
    notProven: ["what the missing delivery would have been of"],
  };
}

/** How many later deliveries are looked for: as far as a receiver recognises tags. */
const LOOK_AHEAD = 64;

export function checkReordered(exhibit: Exhibit<"reordered">, scene: Scene): Finding {
  const { checkpoint, leaves } = scene.leaves(exhibit.log);
  const [higher, lower] = leaves as [ShownLeaf, ShownLeaf];
  const offer = scene.agreement(exhibit.agreement);
  const routeKey = scene.routeKey(exhibit.routeKey, offer);
  const isNumber = (leaf: ShownLeaf, counter: number): boolean =>
    hasTag(leaf, routeTag(routeKey, scene.origin, offer.epoch, counter));
  const inOrder = higher.index < lower.index && exhibit.after > exhibit.counter;
  if (!inOrder || !isNumber(higher, exhibit.after) || !isNumber(lower, exhibit.counter)) {
    throw scene.notShown("the two deliveries are not out of order");
  }
  return {
    checkpoint,
    proven: [
      `delivery ${exhibit.counter} to the reporter is entry ${lower.index} of ${scene.origin}, after delivery ${exhibit.after} at entry ${higher.index}`,
    ],
    claimed: [],
    notProven: ["that anything was lost by it: the delivery is there"],
  };
}

function hasTag({ bytes }: ShownLeaf, tag: Uint8Array): boolean {
  try {
    const leaf = parseLeaf(bytes);
    return leaf.kind === "deliver" && equalBytes(leaf.routeTag, tag);
  } catch (error) {
    // A leaf that is no record carries no tag.
    if (isTallyError(error)) return false;
    throw error;
  }
}
