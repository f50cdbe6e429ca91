import {
  encodeBase64,
  isTallyError,
  parseCheckpoint,
  parseLeaf,
  parseNote,
  routeSecret,
  routeTag,
} from "@tallystick/proto";
import type { Agreement, Signatory } from "../../agreement/agreement-terms.ts";
import type { Verdict } from "../../journal/verdict.ts";
import { evidenceError } from "../evidence-errors.ts";
import type { TrustAnchor } from "../registry-proof.ts";
import { type Exhibit, FAULT_TYPE, type FaultDocument, type FaultStatement } from "./fault-document.ts";
import { signReport } from "./fault-report.ts";
import type { FaultSources, HandedOver } from "./fault-sources.ts";
import { FeedExhibits } from "./feed-exhibits.ts";
import { MembersProof } from "./members-proof.ts";
import { checkStatement } from "./verify-fault.ts";

/** Two entries of one feed that are live for one subject. */
export interface TwoLive {
  readonly kind: "two-live";
  readonly member: string;
  readonly origin: string;
  readonly indices: readonly [number, number];
}

export interface BuildContext {
  readonly sources: FaultSources;
  readonly reporter: Signatory;
  readonly trust: TrustAnchor;
  /** ISO 8601 instant by the reporter's clock. */
  readonly reportedAt: string;
}

/**
 * The document that shows a fault to others. It goes through the verifier's own checks before it is signed: nobody is handed one that
 * does not hold.
 *
 * @throws FAULT_NOT_EXPORTABLE where nothing of it can be shown, EVIDENCE_NOT_HELD, and what `verifyFault` throws
 */
export async function buildFault(fault: Verdict | TwoLive, context: BuildContext): Promise<FaultDocument> {
  const { sources, reporter, trust, reportedAt } = context;
  const { member, origin } = fault;
  const exhibit = await exhibitOf(fault, sources);
  const statement: FaultStatement = {
    type: FAULT_TYPE,
    member,
    origin,
    registry: toPlain(await sources.members()),
    exhibit,
  };
  const members = new MembersProof(trust, statement.registry);
  checkStatement(statement, reporter.did, members);
  return { ...statement, report: await signReport(statement, reporter, reportedAt) };
}

const toPlain = ({ note, entries }: { note: string; entries: readonly string[] }): FaultStatement["registry"] => ({
  note,
  entries: [...entries],
});

const notExportable = (kind: string, reason: string): Error => evidenceError("FAULT_NOT_EXPORTABLE", { kind, reason });

async function exhibitOf(fault: Verdict | TwoLive, sources: FaultSources): Promise<Exhibit> {
  const feed = new FeedExhibits(sources, fault.origin);
  switch (fault.kind) {
    case "withheld":
      return withheld(fault, feed, sources);
    case "tag-reused":
      return tagReused(fault, feed, sources);
    case "dropped":
      return dropped(fault, feed, sources);
    case "reordered":
      return reordered(fault, feed, sources);
    case "refused":
      return refused(fault, feed, sources);
    case "feed-fault":
      return feedFault(fault, feed, sources);
    case "two-live":
      return twoLive(fault, feed, sources);
    default:
      throw notExportable(fault.kind, "it is no fault");
  }
}

type Counted = { readonly origin: string; readonly index: number; readonly counter: number };

function agreementOf(sources: FaultSources, origin: string): Agreement {
  const agreement = sources.agreement(origin);
  if (agreement === undefined) throw evidenceError("EVIDENCE_NOT_HELD", { what: `an agreement on ${origin}` });
  return agreement;
}

const shown = ({ offerJws, acceptanceJws }: Agreement): { offer: string; acceptance: string } => ({
  offer: offerJws,
  acceptance: acceptanceJws,
});

const secretOf = ({ routeKey, offer }: Agreement, counter: number): string =>
  encodeBase64(routeSecret(routeKey, offer.origin, offer.epoch, counter));

const tagsOf = ({ routeKey, offer }: Agreement, from: number, count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, n) => routeTag(routeKey, offer.origin, offer.epoch, from + n));

async function withheld({ origin, index, counter }: Counted, feed: FeedExhibits, sources: FaultSources) {
  const agreement = agreementOf(sources, origin);
  const log = await feed.one(index);
  return { kind: "withheld" as const, log, agreement: shown(agreement), secret: secretOf(agreement, counter) };
}

async function tagReused({ origin, index, counter }: Counted, feed: FeedExhibits, sources: FaultSources) {
  const agreement = agreementOf(sources, origin);
  const first = await feed.lastTagged(tagsOf(agreement, counter, 1), index);
  if (first === undefined) throw evidenceError("EVIDENCE_NOT_HELD", { what: `delivery ${counter} of ${origin}` });
  return {
    kind: "tag-reused" as const,
    log: await feed.two(first.index, index),
    agreement: shown(agreement),
    secret: secretOf(agreement, counter),
  };
}

async function dropped({ origin, index, counter }: Counted, feed: FeedExhibits, sources: FaultSources) {
  const agreement = agreementOf(sources, origin);
  // Back to the last delivery that is there: of several that are missing in a row, the first is the one shown.
  const before =
    counter === 0
      ? undefined
      : await feed.lastTagged(tagsOf(agreement, Math.max(0, counter - 64), Math.min(counter, 64)), index);
  const first = before === undefined ? 0 : Math.max(0, counter - 64) + before.tag + 1;
  const from = before?.index ?? 0;
  return {
    kind: "dropped" as const,
    log: await feed.range(from, await sources.noteCovering(origin, index + 1)),
    agreement: shown(agreement),
    routeKey: encodeBase64(agreement.routeKey),
    counter: first,
  };
}

async function reordered({ origin, index, counter }: Counted, feed: FeedExhibits, sources: FaultSources) {
  const agreement = agreementOf(sources, origin);
  const after = await feed.lastTagged(tagsOf(agreement, counter + 1, 4_096), index);
  if (after === undefined)
    throw evidenceError("EVIDENCE_NOT_HELD", { what: `a delivery after ${counter} of ${origin}` });
  return {
    kind: "reordered" as const,
    log: await feed.two(after.index, index),
    agreement: shown(agreement),
    routeKey: encodeBase64(agreement.routeKey),
    counter,
    after: counter + 1 + after.tag,
  };
}

async function refused(
  verdict: Extract<Verdict, { kind: "refused" }>,
  feed: FeedExhibits,
  sources: FaultSources,
): Promise<Exhibit> {
  const { origin, index, code } = verdict;
  if (code === "LEAF_MALFORMED") return { kind: "malformed-leaf", log: await feed.one(index) };
  if (code === "TARGET_INVALID") return { kind: "wrong-target", log: await wrongTarget(index, feed) };
  const came = await sources.handedOver(origin, index);
  if (came === undefined)
    throw evidenceError("EVIDENCE_NOT_HELD", { what: `what came with entry ${index} of ${origin}` });
  const { deliveredAt, salt, targetIndex, jws } = came;
  const opened = async () => ({ log: await feed.two(deliveredAt, targetIndex), salt });
  switch (code) {
    case "ENTRY_ALTERED":
      return { kind: "altered", ...(await opened()), jws };
    case "DELIVERY_MISADDRESSED":
      return misaddressed(came, feed);
    case "COMMITMENT_INVALID":
    case "ENTRY_UNKNOWN":
      return unopened(verdict, feed, sources);
    case "DISCLOSURE_INVALID":
      return { kind: "false-disclosures", ...(await opened()), jws, disclosures: [...came.disclosures] };
    case "BACKDATED": {
      const before = await sources.finalNoteUpTo(origin, index);
      if (before === undefined)
        throw evidenceError("EVIDENCE_NOT_HELD", { what: "a final checkpoint before the entry" });
      return { kind: "backdated", log: await feed.one(index), jws, before: before.note };
    }
    default:
      return { kind: "invalid-attestation", log: await feed.one(index), jws, code };
  }
}

/** A delivery whose opening did not open it is one that was not sent. */
async function unopened(
  { origin, index }: { origin: string; index: number },
  feed: FeedExhibits,
  sources: FaultSources,
) {
  const leaf = parseLeaf(await feed.leaf(index));
  const agreement = agreementOf(sources, origin);
  const counters = await sources.noteCovering(origin, index + 1).then(({ size }) => size);
  if (leaf.kind !== "deliver") throw notExportable("refused", "the entry delivers nothing");
  const wanted = encodeBase64(leaf.routeTag);
  for (let counter = 0; counter < counters; counter++) {
    const [tag] = tagsOf(agreement, counter, 1);
    if (tag !== undefined && encodeBase64(tag) === wanted) return withheld({ origin, index, counter }, feed, sources);
  }
  throw notExportable("refused", "its tag is none of this node's");
}

async function misaddressed({ deliveredAt, salt, targetIndex }: HandedOver, feed: FeedExhibits): Promise<Exhibit> {
  const leaf = parseLeaf(await feed.leaf(deliveredAt));
  if (leaf.kind !== "deliver") {
    throw notExportable("misaddressed", "it came with an entry that delivers nothing: nothing ties it to the log");
  }
  return { kind: "misaddressed", log: await feed.two(deliveredAt, targetIndex), salt };
}

async function wrongTarget(index: number, feed: FeedExhibits): Promise<Exhibit<"wrong-target">["log"]> {
  const leaf = parseLeaf(await feed.leaf(index));
  if (leaf.kind === "deliver") {
    throw notExportable("wrong-target", "what a delivery is of only its two ends can see: its opening is not kept");
  }
  if (leaf.kind !== "supersede" && leaf.kind !== "revoke")
    throw notExportable("wrong-target", "the entry names no other");
  return leaf.targetIndex < index ? feed.leaves(index, leaf.targetIndex) : feed.leaves(index);
}

async function feedFault(
  { origin, code }: Extract<Verdict, { kind: "feed-fault" }>,
  feed: FeedExhibits,
  sources: FaultSources,
): Promise<Exhibit> {
  if (code === "FAULTS_EXCEEDED") throw notExportable(code, "each of its faults is shown by a document of its own");
  const offered = await sources.offered(origin);
  if (offered === undefined)
    throw evidenceError("EVIDENCE_NOT_HELD", { what: `the checkpoint that ${origin} offered` });
  const { note, prefix } = offered;
  const size = sizeOf(note);
  if (size === undefined) return { kind: "bad-checkpoint", note };
  const held = await sources.newestNote(origin);
  if (prefix !== undefined)
    return { kind: "rewritten", held: held.note, offered: note, root: prefix.root, path: [...prefix.path] };
  if (size > held.size) {
    throw notExportable(
      code,
      "the entries came with a checkpoint that is not theirs, and nobody signed for the entries",
    );
  }
  const mine = await feed.prefix(size, held.size);
  const isOld = mine.root === encodeBase64(parseCheckpoint(parseNote(note).text).rootHash);
  if (isOld && size === held.size) throw notExportable(code, "the checkpoint offered is the one that is held");
  return isOld
    ? { kind: "rolled-back", held: held.note, offered: note, path: mine.path }
    : { kind: "rewritten", held: held.note, offered: note, ...mine };
}

/** The size of a checkpoint; undefined where the note holds none. @throws NOTE_MALFORMED */
function sizeOf(note: string): number | undefined {
  const { text } = parseNote(note);
  try {
    return parseCheckpoint(text).treeSize;
  } catch (error) {
    if (isTallyError(error, "CHECKPOINT_MALFORMED")) return undefined;
    throw error;
  }
}

async function twoLive({ origin, indices }: TwoLive, feed: FeedExhibits, sources: FaultSources): Promise<Exhibit> {
  const [first, second] = [...indices].sort((a, b) => a - b) as [number, number];
  const newest = await sources.newestNote(origin);
  const final = await sources.finalNoteUpTo(origin, newest.size);
  return {
    kind: "two-live",
    log: await feed.range(first, final !== undefined && final.size > second ? final : newest),
    entries: [
      { index: first, jws: await sources.attestation(origin, first) },
      { index: second, jws: await sources.attestation(origin, second) },
    ],
  };
}
