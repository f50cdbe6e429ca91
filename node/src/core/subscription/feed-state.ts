import {
  decodeBase64,
  EMPTY_FRONTIER,
  encodeBase64,
  type Frontier,
  parseFrontier,
  utf8Encode,
} from "@tallystick/proto";
import { z } from "zod";
import { type AwaitedDelivery, MAX_AWAITED } from "./route-window.ts";

/** All that must be known of a supplier's feed to verify what comes next. Small, whatever the feed's size. */
export interface FeedState {
  readonly supplier: string;
  readonly origin: string;
  readonly epoch: number;
  readonly frontier: Frontier;
  /** The counter of the next delivery addressed to this node (docs/protocol.md, RT-2). */
  readonly nextCounter: number;
  /** Deliveries that were skipped or not opened (docs/protocol.md, RT-6). */
  readonly awaited: readonly AwaitedDelivery[];
  /** Faults put down so far, healed ones included. */
  readonly faults: number;
  /** The newest verified note, and the size up to which entries are final. */
  readonly note: string;
  readonly finalSize: number;
  /** When the entries below `finalSize` were, at the latest, in the log: Unix seconds of the quorum. */
  readonly logTimeUnix?: number;
  /** Code of the fault that stopped this feed: nothing after it is taken. */
  readonly fault?: string;
}

export function newFeedState(supplier: string, origin: string, epoch: number): FeedState {
  return {
    supplier,
    origin,
    epoch,
    frontier: EMPTY_FRONTIER,
    nextCounter: 0,
    awaited: [],
    faults: 0,
    note: "",
    finalSize: 0,
  };
}

const schema = z.strictObject({
  v: z.literal(1),
  supplier: z.string(),
  origin: z.string(),
  epoch: z.int().min(0),
  size: z.int().min(0),
  hashes: z.array(z.string()).max(53),
  nextCounter: z.int().min(0),
  awaited: z
    .array(
      z.strictObject({
        counter: z.int().min(0),
        index: z.int().min(0).exactOptional(),
        code: z.string().exactOptional(),
      }),
    )
    .max(MAX_AWAITED)
    .default([]),
  faults: z.int().min(0).default(0),
  note: z.string(),
  finalSize: z.int().min(0),
  logTimeUnix: z.int().min(0).exactOptional(),
  fault: z.string().exactOptional(),
});

export function formatFeedState({ frontier, ...state }: FeedState): Uint8Array {
  const hashes = frontier.hashes.map(encodeBase64);
  return utf8Encode(JSON.stringify({ v: 1, ...state, size: frontier.size, hashes }));
}

/** @throws ZodError and proto's codes on a record that this node did not write */
export function parseFeedState(text: string): FeedState {
  const { v: _v, size, hashes, logTimeUnix, fault, ...rest } = schema.parse(JSON.parse(text));
  return {
    ...rest,
    frontier: parseFrontier(size, hashes.map(decodeBase64)),
    ...(logTimeUnix === undefined ? {} : { logTimeUnix }),
    ...(fault === undefined ? {} : { fault }),
  };
}
