import { PRODUCT_FOOTPRINT_CONTRACT_URN, type ProductFootprint } from "@tallystick/contracts";
import {
  commitDelivery,
  encodeBase64,
  formatLeaf,
  hashJws,
  hashLeaf,
  type JsonObject,
  merkleRoot,
  routeTag,
  sha256,
  utf8Encode,
} from "@tallystick/proto";
import { type Fixture, makeFixture } from "../evidence/evidence.fixture.ts";
import { footprint } from "../inventory/inventory.fixture.ts";
import type { Verdict } from "../journal/verdict.ts";
import type { CheckedToken } from "./check-token.ts";
import { type FeedState, formatFeedState, newFeedState, parseFeedState } from "./feed-state.ts";
import { type JudgeContext, judgeAttestation } from "./judge-attestation.ts";
import {
  type PendingAttestation,
  type ReceivedDelivery,
  type ReceivedFeedBatch,
  readBatch,
  readLate,
} from "./read-batch.ts";
import { RouteWindow } from "./route-window.ts";

// A supplier's feed and its buyer in memory, the same on every run.

export const SUPPLIER = "did:web:casting.example";
export const ORIGIN = "casting.example/feed";
export const ROUTE_KEY = new Uint8Array(32).fill(5);
export const OTHERS_KEY = new Uint8Array(32).fill(6);
export const NOW = Date.parse("2024-02-01T00:00:00Z") / 1000;

export const product = (n: number): ProductFootprint => ({
  ...footprint("10"),
  productIds: [`urn:pact:casting.example:product-id:p${n}`],
});

/** A supplier's feed in the making: what it logs, and what it hands over. */
export class Supplier {
  readonly fixture: Fixture = makeFixture({ footprints: [] });
  readonly deliveries = new Map<number, ReceivedDelivery>();
  counter = 0;

  get feed(): Fixture["feed"] {
    return this.fixture.feed;
  }

  publish(
    of: ProductFootprint,
    changes: JsonObject = {},
  ): { index: number; jws: string; disclosures: readonly string[] } {
    const attestation = this.fixture.attest(of, changes);
    const index = this.feed.entries.length;
    this.feed.entries.push(formatLeaf({ kind: "attest", jwsHash: hashJws(attestation.jws) }));
    return { index, ...attestation };
  }

  /** A deliver leaf to the buyer under the next counter, and what is handed over with it. */
  deliver(
    { index, jws, disclosures }: { index: number; jws: string; disclosures: readonly string[] },
    options: { counter?: number; routeKey?: Uint8Array; committedIndex?: number; withhold?: boolean } = {},
  ): number {
    const counter = options.counter ?? this.counter++;
    const salt = sha256(utf8Encode(`salt ${this.feed.entries.length}`));
    const target = options.committedIndex ?? index;
    const at = this.feed.entries.length;
    this.feed.entries.push(
      formatLeaf({
        kind: "deliver",
        routeTag: routeTag(options.routeKey ?? ROUTE_KEY, ORIGIN, 0, counter),
        commitment: commitDelivery(salt, target, hashLeaf(this.feed.entries[target] as Uint8Array)),
      }),
    );
    if (options.withhold !== true) this.deliveries.set(at, { salt, targetIndex: index, jws, disclosures });
    return at;
  }

  batch(from: number, to = this.feed.entries.length, cosigned = false): ReceivedFeedBatch {
    const deliveries = new Map([...this.deliveries].filter(([index]) => index >= from && index < to));
    return {
      firstIndex: from,
      leaves: this.feed.entries.slice(from, to),
      note: this.feed.note(cosigned, to),
      deliveries,
    };
  }
}

/** The buyer's side: reads batches one after another. */
export class Reader {
  state: FeedState = newFeedState(SUPPLIER, ORIGIN, 0);
  readonly verdicts: Verdict[] = [];
  readonly pending: PendingAttestation[] = [];
  #window = new RouteWindow(ROUTE_KEY, ORIGIN, 0, 0);
  readonly #supplier: Supplier;

  constructor(supplier: Supplier) {
    this.#supplier = supplier;
  }

  async read(batch: ReceivedFeedBatch): Promise<this> {
    const { members } = this.#supplier.fixture.state;
    const member = members.memberOf(SUPPLIER);
    if (member === undefined) throw new Error("no such member");
    const read = await readBatch(this.state, batch, {
      checkpointKey: member.checkpointKey,
      policy: members.witnessPolicy,
      window: this.#window,
      leafAt: async (index) => this.#supplier.feed.entries[index],
    });
    this.state = read.next;
    this.verdicts.push(...read.verdicts);
    this.pending.push(...read.pending);
    return this;
  }

  /** Goes on from what a stop of the node leaves: the stored state. */
  restart(): void {
    this.state = parseFeedState(new TextDecoder().decode(formatFeedState(this.state)));
    this.#window = new RouteWindow(ROUTE_KEY, ORIGIN, this.state.epoch, this.state.nextCounter, this.state.awaited);
  }

  /** Reads what the supplier hands over now of what it did not before. */
  async readLate(deliveries: ReadonlyMap<number, ReceivedDelivery> = this.#supplier.deliveries): Promise<this> {
    const read = await readLate(this.state, deliveries, {
      window: this.#window,
      leafAt: async (index) => this.#supplier.feed.entries[index],
    });
    this.state = read.next;
    this.verdicts.push(...read.verdicts);
    this.pending.push(...read.pending);
    return this;
  }

  readAll(supplier: Supplier): Promise<this> {
    return this.read(supplier.batch(0));
  }

  get codes(): string[] {
    return this.verdicts.map((verdict) => (verdict.kind === "refused" ? verdict.code : verdict.kind));
  }
}

/** Judges as the buyer would on the day of the attestation. */
export function judge(
  supplier: Supplier,
  pending: PendingAttestation | undefined,
  changes: Partial<JudgeContext> = {},
): Promise<CheckedToken> {
  const { state, registry } = supplier.fixture;
  const member = state.members.memberOf(SUPPLIER);
  if (member === undefined || pending === undefined) throw new Error("nothing to judge");
  const { hashes } = registry.members;
  const membersRootAt = (size: number): string | undefined =>
    size <= hashes.length ? encodeBase64(merkleRoot(hashes.slice(0, size))) : undefined;
  return judgeAttestation(pending, {
    member,
    registry: state,
    contract: PRODUCT_FOOTPRINT_CONTRACT_URN,
    membersRootAt,
    timeOfEntry: () => undefined,
    now: NOW,
    ...changes,
  });
}
