import type { Member, Replica, TiledLog } from "@tallystick/registry";
import { publishingContract } from "../core/agreement/publishing-contract.ts";
import type { PublishDocument } from "../core/documents.ts";
import { parsePublication } from "../core/feed/parse-publication.ts";
import type { EvidenceItem } from "../core/inventory/inventory.ts";
import { nodeError } from "../errors.ts";
import type { FeedSigning } from "./feed-signing.ts";
import type { InventoryKeeper } from "./inventory-keeper.ts";
import type { NodeHome } from "./node-home.ts";
import { ownDisputes } from "./own-disputes.ts";
import type { Publisher } from "./publisher.ts";
import { registeredFactors } from "./registered-factors.ts";

export interface PublishingSources {
  readonly home: NodeHome;
  readonly replica: Replica;
  readonly log: TiledLog;
  readonly signing: FeedSigning;
  readonly publisher: Publisher;
  readonly inventory: InventoryKeeper;
  /** The member of that DID. @throws NOT_A_MEMBER, MEMBER_SUSPENDED */
  readonly memberOf: (did: string) => Member;
  readonly nowUnix: number;
}

/**
 * Publishes every footprint of a file, or none, on the contract and the factors that the registry has now.
 * @throws PUBLICATION_INVALID, SIGNING_LOCKED, NOT_A_MEMBER, INPUT_NOT_HELD, INPUT_AMBIGUOUS, INPUT_UNCHECKED and what `Publisher` throws
 */
export async function publishFile(
  name: string,
  content: Uint8Array,
  { home, replica, log, signing, publisher, inventory, memberOf, nowUnix }: PublishingSources,
): Promise<PublishDocument> {
  const items = parsePublication(name, content);
  signing.requireReady();
  const { keys: history, event } = memberOf(home.signatory.did);
  const policy = replica.state.members.witnessPolicy;
  const timeOfEntry = (entry: number): number | undefined => replica.finalOver(entry)?.logTimeUnix;
  const disputed =
    event.sequence === 0 || policy === undefined
      ? new Set<number>()
      : await ownDisputes(await publisher.liveEntries(), log, { history, policy, timeOfEntry });
  const { origin, size, root } = replica.pin;
  return publisher.publish(items, {
    contract: publishingContract(replica.state),
    resolveInput: (productId) => soleEvidence(productId, inventory),
    disputed,
    factorOf: registeredFactors(replica),
    registry: { origin, treeSize: size, rootHash: root },
    nowUnix,
  });
}

function soleEvidence(productId: string, inventory: InventoryKeeper): EvidenceItem {
  const held = inventory.evidenceFor(productId);
  const [first, ...others] = held;
  if (first === undefined) throw nodeError("INPUT_NOT_HELD", { productId });
  if (others.length > 0) {
    const entries = held.map(({ ref }) => `${ref.origin}#${ref.index}`);
    throw nodeError("INPUT_AMBIGUOUS", { productId, entries });
  }
  // What this member signs rests on what was checked whole (docs/protocol.md, COV-4).
  if (first.covered === true) {
    throw nodeError("INPUT_UNCHECKED", { productId, entry: `${first.ref.origin}#${first.ref.index}` });
  }
  return first;
}
