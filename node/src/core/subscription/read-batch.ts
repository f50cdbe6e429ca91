import {
  type DeliverLeaf,
  encodeBase64,
  equalBytes,
  evaluateQuorum,
  hashJws,
  hashLeaf,
  isTallyError,
  type Leaf,
  openDelivery,
  parseLeaf,
  type TallyError,
  type VerifierKey,
  type WitnessPolicy,
} from "@tallystick/proto";
import { type ReceivedBatch, verifyBatch } from "@tallystick/registry";
import { nodeError } from "../../errors.ts";
import { cutReason, type Verdict } from "../journal/verdict.ts";
import type { FeedState } from "./feed-state.ts";
import type { RouteWindow } from "./route-window.ts";

/**
 * Most faults of one feed that are put down one by one: a sender who makes more would make this node remember more than it sent.
 * The feed stops there, at a fault of its own.
 */
export const MAX_FEED_FAULTS = 10_000;

/** What came with a `deliver` leaf. */
export interface ReceivedDelivery {
  readonly salt: Uint8Array;
  readonly targetIndex: number;
  readonly jws: string;
  readonly disclosures: readonly string[];
}

/** A batch of a supplier's feed as it came; `deliveries` by index of the `deliver` leaf. */
export interface ReceivedFeedBatch extends ReceivedBatch {
  readonly deliveries: ReadonlyMap<number, ReceivedDelivery>;
}

/** An attestation that stands in the log as it was handed over; its signature and content are yet to be judged. */
export interface PendingAttestation {
  readonly index: number;
  readonly leaf: Uint8Array;
  readonly jws: string;
  readonly disclosures: readonly string[];
  readonly treeSize: number;
  /** The leaf that delivered it, and the salt that opens that leaf. */
  readonly deliveredAt: number;
  readonly salt: Uint8Array;
  /** When a quorum saw the log without this entry: Unix seconds. Absent where no final checkpoint was before it. */
  readonly absentAtUnix?: number;
  /** Its log time, Unix seconds: set where the key may be out of use, and a quorum has seen it. */
  readonly seenUnix?: number;
}

export interface ReadBatch {
  readonly next: FeedState;
  readonly verdicts: readonly Verdict[];
  readonly pending: readonly PendingAttestation[];
  /** Where the batch's checkpoint is final: up to which size, and when a quorum had seen it (Unix seconds). */
  readonly final?: { readonly size: number; readonly seenUnix: number };
}

export interface ReadContext {
  readonly checkpointKey: VerifierKey;
  readonly policy: WitnessPolicy | undefined;
  readonly window: RouteWindow;
  /** The bytes of an earlier leaf of this feed. */
  readonly leafAt: (index: number) => Promise<Uint8Array | undefined>;
}

/**
 * Reads one batch: what the log itself shows (docs/protocol.md, LOG-7, LOG-8, LEAF-1 to LEAF-3, RT-3, RT-4, RT-6). A bad entry is
 * a verdict and stops nothing; a bad checkpoint refuses the batch whole.
 *
 * @throws what verifyBatch refuses, and FAULTS_EXCEEDED: a batch is refused whole that has one fault too many
 */
export async function readBatch(state: FeedState, batch: ReceivedFeedBatch, context: ReadContext): Promise<ReadBatch> {
  const { followed, signed } = verifyBatch(state, batch, context.checkpointKey);
  const { treeSize } = signed.checkpoint;
  const { window, policy } = context;
  const { supplier: member, origin } = state;
  const verdicts: Verdict[] = [];
  const pending: PendingAttestation[] = [];
  const about = { v: 1, member, origin } as const;
  const leafAt = async (index: number): Promise<Uint8Array | undefined> =>
    index >= batch.firstIndex ? batch.leaves[index - batch.firstIndex] : context.leafAt(index);

  let { faults } = state;
  const hold = (verdict: Verdict): void => {
    faults += 1;
    if (faults > MAX_FEED_FAULTS) throw nodeError("FAULTS_EXCEEDED", { origin, max: MAX_FEED_FAULTS });
    verdicts.push(verdict);
  };

  const readDelivery = async (index: number, leaf: DeliverLeaf): Promise<void> => {
    const received = batch.deliveries.get(index);
    const counter = window.counterOf(leaf.routeTag);
    if (counter === undefined) {
      if (received !== undefined) throw nodeError("DELIVERY_MISADDRESSED", { origin, index });
      return;
    }
    if (counter >= window.next) {
      for (let skipped = window.next; skipped < counter; skipped++) {
        hold({ ...about, kind: "dropped", index, counter: skipped });
        window.await({ counter: skipped });
      }
      window.advanceTo(counter + 1);
    } else if (window.isSkipped(counter)) {
      hold({ ...about, kind: "reordered", index, counter });
    } else {
      hold({ ...about, kind: "tag-reused", index, counter });
      return;
    }
    if (received === undefined) {
      hold({ ...about, kind: "withheld", index, counter });
      window.await({ counter, index });
      return;
    }
    window.settle(counter);
    try {
      pending.push(await openAttestation(origin, index, leaf, received, treeSize, leafAt));
    } catch (error) {
      if (isTallyError(error) && NOT_AS_LOGGED.has(error.code)) window.await({ counter, index, code: error.code });
      throw error;
    }
  };

  for (const [offset, bytes] of batch.leaves.entries()) {
    const index = batch.firstIndex + offset;
    try {
      const leaf = parseLeaf(bytes);
      if (leaf.kind === "deliver") await readDelivery(index, leaf);
      else if (batch.deliveries.has(index)) throw nodeError("DELIVERY_MISADDRESSED", { origin, index });
      if (leaf.kind === "supersede" || leaf.kind === "revoke") {
        await requireTarget(origin, index, leaf.targetIndex, leafAt);
        const kind = leaf.kind === "supersede" ? "superseded" : "revoked";
        verdicts.push({ ...about, kind, targetIndex: leaf.targetIndex, byIndex: index });
      }
    } catch (error) {
      if (!isTallyError(error) || error.code === "FAULTS_EXCEEDED") throw error;
      hold(refusal(about, index, error));
    }
  }
  const quorum = policy === undefined ? undefined : evaluateQuorum(policy, signed.note);
  const isFinal = quorum?.met === true && treeSize >= state.finalSize;
  const seenUnix = quorum?.met === true ? quorum.logTimeUnix : undefined;
  const logTimeUnix = isFinal ? quorum.logTimeUnix : state.logTimeUnix;
  return {
    next: {
      ...state,
      frontier: followed.frontier,
      nextCounter: window.next,
      awaited: window.awaited,
      faults,
      note: batch.note,
      finalSize: isFinal ? treeSize : state.finalSize,
      ...(logTimeUnix === undefined ? {} : { logTimeUnix }),
    },
    verdicts,
    pending: pending.map((item) => withAbsence(item, state)),
    ...(seenUnix === undefined ? {} : { final: { size: treeSize, seenUnix } }),
  };
}

/** With when the log was last seen to be without it. */
function withAbsence(item: PendingAttestation, { finalSize, logTimeUnix }: FeedState): PendingAttestation {
  return item.index < finalSize || logTimeUnix === undefined ? item : { ...item, absentAtUnix: logTimeUnix };
}

/**
 * Reads openings that were asked for again and came after the batch of their leaf (docs/protocol.md, RT-7). One that is refused as
 * the one before is no news. What is not awaited is not looked at.
 */
export async function readLate(
  state: FeedState,
  deliveries: ReadonlyMap<number, ReceivedDelivery>,
  { window, leafAt }: Pick<ReadContext, "window" | "leafAt">,
): Promise<ReadBatch> {
  const { supplier: member, origin, frontier } = state;
  const about = { v: 1, member, origin } as const;
  const verdicts: Verdict[] = [];
  const pending: PendingAttestation[] = [];
  for (const { counter, index, code } of window.awaited) {
    const received = index === undefined ? undefined : deliveries.get(index);
    if (index === undefined || received === undefined) continue;
    const bytes = await leafAt(index);
    const leaf = bytes === undefined ? undefined : parseLeaf(bytes);
    if (leaf?.kind !== "deliver") throw new TypeError("what is awaited is a delivery that is held");
    try {
      pending.push(await openAttestation(origin, index, leaf, received, frontier.size, leafAt));
      window.settle(counter);
      verdicts.push({ ...about, kind: "late", index, counter });
    } catch (error) {
      if (!isTallyError(error)) throw error;
      if (error.code === code) continue;
      window.await({ counter, index, code: error.code });
      verdicts.push(refusal(about, index, error));
    }
  }
  return { next: { ...state, awaited: window.awaited }, verdicts, pending };
}

/** What an opening is refused with that is not the one that its leaf commits to: the right one may still come. */
const NOT_AS_LOGGED: ReadonlySet<string> = new Set(["COMMITMENT_INVALID", "ENTRY_ALTERED", "ENTRY_UNKNOWN"]);

/** The verdict on an entry that was refused with a typed error. */
export function refusal(about: { v: 1; member: string; origin: string }, index: number, error: TallyError): Verdict {
  return { ...about, kind: "refused", index, code: error.code, reason: cutReason(JSON.stringify(error.details)) };
}

async function openAttestation(
  origin: string,
  index: number,
  leaf: DeliverLeaf,
  { salt, targetIndex, jws, disclosures }: ReceivedDelivery,
  treeSize: number,
  leafAt: (index: number) => Promise<Uint8Array | undefined>,
): Promise<PendingAttestation> {
  const target = targetIndex < index ? await leafAt(targetIndex) : undefined;
  if (target === undefined) throw nodeError("ENTRY_UNKNOWN", { origin, index: targetIndex });
  const leafHash = hashLeaf(target);
  openDelivery(leaf.commitment, salt, targetIndex, leafHash);
  const attested = parseLeaf(target);
  if (!isAttestation(attested)) throw nodeError("TARGET_INVALID", { origin, index, targetIndex });
  // The log says which bytes were published; whatever else was handed over is something else, however well signed.
  if (!equalBytes(hashJws(jws), attested.jwsHash)) throw nodeError("ENTRY_ALTERED", { origin, index: targetIndex });
  return { index: targetIndex, leaf: leafHash, jws, disclosures, treeSize, deliveredAt: index, salt };
}

async function requireTarget(
  origin: string,
  index: number,
  targetIndex: number,
  leafAt: (index: number) => Promise<Uint8Array | undefined>,
): Promise<void> {
  const target = targetIndex < index ? await leafAt(targetIndex) : undefined;
  if (target === undefined || !isAttestation(parseLeaf(target))) {
    throw nodeError("TARGET_INVALID", { origin, index, targetIndex });
  }
}

const isAttestation = (leaf: Leaf): leaf is Extract<Leaf, { kind: "attest" | "supersede" }> =>
  leaf.kind === "attest" || leaf.kind === "supersede";

/** Coordinates of an entry, as evidence names it. */
export function refOf(
  origin: string,
  { index, leaf }: PendingAttestation,
): { origin: string; index: number; leaf: string } {
  return { origin, index, leaf: encodeBase64(leaf) };
}
