import type { Store } from "@tallystick/registry";
import { type FeedState, parseFeedState } from "../core/subscription/feed-state.ts";
import type { Agreements } from "./agreements.ts";
import { keys, readStored } from "./node-records.ts";

/** How far each followed feed was verified, by origin. @throws STORE_CORRUPT */
export async function readFeedStates(store: Store, { purchases }: Agreements): Promise<Map<string, FeedState>> {
  const feeds = new Map<string, FeedState>();
  for (const { agreement } of purchases) {
    const { origin } = agreement.offer;
    const key = keys.feedState(origin);
    const bytes = await store.get(key);
    if (bytes === undefined) continue;
    feeds.set(
      origin,
      readStored(key, () => parseFeedState(new TextDecoder().decode(bytes))),
    );
  }
  return feeds;
}
