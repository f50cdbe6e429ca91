import { decodeBase64, encodeBase64, hashLeaf } from "@tallystick/proto";
import { registryError, type Store, type TiledLog, type WriteOp } from "@tallystick/registry";
import type { Agreement, Signatory } from "../core/agreement/agreement-terms.ts";
import type { PublishDocument } from "../core/documents.ts";
import type { PublicationItem } from "../core/feed/parse-publication.ts";
import { deliverLeaf } from "../core/feed/plan-delivery.ts";
import {
  type LivePublication,
  type PlannedPublication,
  type PublicationContext,
  planPublication,
} from "../core/feed/plan-publication.ts";
import { kidOf } from "../core/keys/kid-of.ts";
import type { DeliverySource, OpenedDelivery } from "../ports/delivery-source.ts";
import {
  type DeliveryRow,
  keys,
  type PublicationRecord,
  putRecord,
  readAll,
  readRecord,
  records,
} from "./node-records.ts";
import type { OwnEntry } from "./own-disputes.ts";

/** Leaves appended in one write; each write ends at a checkpoint, and so a streamed batch has at most so many. */
const MAX_APPEND = 256;

interface Route {
  readonly agreement: Agreement;
  counter: number;
  /** Indices that were delivered under this epoch. */
  readonly delivered: Set<number>;
}

export interface PublisherOptions {
  readonly store: Store;
  readonly log: TiledLog;
  readonly self: Signatory;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** A leaf to append with the records that belong to it; `index` is where it will stand. */
interface Planned {
  readonly leaf: Uint8Array;
  readonly ops: readonly WriteOp[];
}

/**
 * This node's own feed: what it published, and to whom each entry was addressed. One writer: appends run one after another, so
 * an index is known before it is written.
 */
export class Publisher implements DeliverySource {
  readonly #options: PublisherOptions;
  /** By subject. */
  readonly #live = new Map<string, LivePublication>();
  readonly #routes = new Map<string, Route>();
  #lane: Promise<unknown> = Promise.resolve();

  private constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Rebuilds what is live and what was delivered from the store. */
  static async open(options: PublisherOptions, sales: readonly Agreement[]): Promise<Publisher> {
    const publisher = new Publisher(options);
    await publisher.#load(sales);
    return publisher;
  }

  async #load(sales: readonly Agreement[]): Promise<void> {
    const { store } = this.#options;
    const publications = await readAll(store, keys.publications, records.publication);
    const deliveries = await readAll(store, keys.deliveries, records.delivery);
    this.#live.clear();
    this.#routes.clear();
    for (const [key, record] of publications) {
      this.#setLive(toLive(Number(key.slice(keys.publications.length)), record));
    }
    for (const agreement of sales) this.#setRoute(agreement);
    for (const [, row] of deliveries) this.#count(row);
  }

  /** What is live, with the key that attested it. */
  async liveEntries(): Promise<readonly OwnEntry[]> {
    const indices = [...new Set([...this.#live.values()].map(({ index }) => index))];
    const values = await this.#options.store.getMany(indices.map(keys.publication));
    return indices.flatMap((index, at) => {
      const value = values[at];
      if (value === undefined) return [];
      return [{ index, kid: kidOf(readRecord(records.publication, keys.publication(index), value).jws) }];
    });
  }

  get buyers(): readonly string[] {
    return [...this.#routes.keys()];
  }

  /**
   * Publishes what is new, each entry addressed to every buyer. Checked whole before the first entry is written; written in
   * groups, so that after a crash publishing the file again completes it.
   */
  publish(
    items: readonly PublicationItem[],
    context: Omit<PublicationContext, "live" | "self" | "randomBytes">,
  ): Promise<PublishDocument> {
    return this.#inLane(async () => {
      const { self, randomBytes, log } = this.#options;
      const plans: { readonly item: PublicationItem; readonly plan: PlannedPublication }[] = [];
      for (const item of items) {
        plans.push({ item, plan: await planPublication(item, { ...context, live: this.#live, self, randomBytes }) });
      }
      const append = new AppendBuffer(log);
      const published: PublishDocument["published"][number][] = [];
      let deliveries = 0;
      for (const { plan } of plans) {
        if (plan.kind === "unchanged") {
          const { index, productId } = plan.live;
          published.push({ productId, index, leaf: encodeBase64(await log.leafHash(index)), unchanged: true });
          continue;
        }
        const index = append.nextIndex;
        const { supersedes, leaf, publication, attestation } = plan;
        const record: PublicationRecord = {
          v: 1,
          ...publication,
          subjects: [...publication.subjects],
          jws: attestation.jws,
          disclosures: [...attestation.disclosures],
          ...(supersedes === undefined ? {} : { supersedes }),
        };
        await append.add({ leaf, ops: [putRecord(keys.publication(index), record)] });
        const live = toLive(index, record);
        this.#setLive(live);
        deliveries += await this.#deliver(append, live, hashLeaf(leaf));
        published.push({
          productId: live.productId,
          index,
          leaf: encodeBase64(hashLeaf(leaf)),
          ...(supersedes === undefined ? {} : { supersedes }),
          unchanged: false,
        });
      }
      await append.flush();
      const warnings = plans.flatMap(({ item, plan }) => [
        ...item.warnings,
        ...(plan.kind === "append" ? plan.warnings : []),
      ]);
      return { published, deliveries, warnings };
    });
  }

  /** Opens a route to a buyer and addresses to it what is live. */
  addSale(agreement: Agreement): Promise<void> {
    return this.#inLane(async () => {
      this.#setRoute(agreement);
      await this.#reconcile();
    });
  }

  /** Addresses to each buyer what is live and was not addressed yet: after a new agreement, or a crash between two writes. */
  reconcile(): Promise<void> {
    return this.#inLane(() => this.#reconcile());
  }

  async #reconcile(): Promise<void> {
    const append = new AppendBuffer(this.#options.log);
    for (const live of [...new Set(this.#live.values())].sort((a, b) => a.index - b.index)) {
      if ([...this.#routes.values()].every((route) => route.delivered.has(live.index))) continue;
      await this.#deliver(append, live, await this.#options.log.leafHash(live.index));
    }
    await append.flush();
  }

  async #deliver(append: AppendBuffer, live: LivePublication, leafHash: Uint8Array): Promise<number> {
    const { log, randomBytes } = this.#options;
    let count = 0;
    for (const [buyer, route] of this.#routes) {
      if (route.delivered.has(live.index)) continue;
      const { routeKey, offer } = route.agreement;
      const salt = randomBytes(32);
      const row: DeliveryRow = {
        v: 1,
        buyer,
        epoch: offer.epoch,
        counter: route.counter,
        targetIndex: live.index,
        salt: encodeBase64(salt),
      };
      const target = { index: live.index, leafHash };
      const leaf = deliverLeaf(
        { routeKey, origin: log.origin, epoch: offer.epoch, counter: route.counter },
        target,
        salt,
      );
      const index = append.nextIndex;
      this.#count(row);
      await append.add({ leaf, ops: [putRecord(keys.delivery(index), row)] });
      count += 1;
    }
    return count;
  }

  /** @inheritdoc */
  async openDeliveries(buyer: string, indices: readonly number[]): Promise<ReadonlyMap<number, OpenedDelivery>> {
    const { store } = this.#options;
    // Of an epoch that has ended the buyer has no route key: to it, those tags are a stranger's.
    const epoch = this.#routes.get(buyer)?.agreement.offer.epoch;
    const rows = await store.getMany(indices.map(keys.delivery));
    const mine = rows.flatMap((value, at) => {
      const index = indices[at] as number;
      if (value === undefined) return [];
      const row = readRecord(records.delivery, keys.delivery(index), value);
      return row.buyer === buyer && row.epoch === epoch ? [{ index, row }] : [];
    });
    const publications = await store.getMany(mine.map(({ row }) => keys.publication(row.targetIndex)));
    return new Map(
      mine.map(({ index, row }, at) => {
        const key = keys.publication(row.targetIndex);
        const value = publications[at];
        if (value === undefined) throw registryError("STORE_CORRUPT", { reason: `${key} is missing` });
        const { jws, disclosures } = readRecord(records.publication, key, value);
        return [index, { salt: decodeBase64(row.salt), targetIndex: row.targetIndex, jws, disclosures }];
      }),
    );
  }

  #setLive(live: LivePublication): void {
    for (const subject of live.subjects) this.#live.set(subject, live);
  }

  #setRoute(agreement: Agreement): void {
    this.#routes.set(agreement.offer.buyer, { agreement, counter: 0, delivered: new Set() });
  }

  #count({ buyer, epoch, counter, targetIndex }: DeliveryRow): void {
    const route = this.#routes.get(buyer);
    if (route === undefined || route.agreement.offer.epoch !== epoch) return;
    route.counter = Math.max(route.counter, counter + 1);
    route.delivered.add(targetIndex);
  }

  /** What was not written is not live, and may be published again. */
  async #orAsStored<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      const sales = [...this.#routes.values()].map(({ agreement }) => agreement);
      await this.#load(sales).catch(() => {
        // The store fails, and its log takes nothing more: the first failure says so.
      });
      throw error;
    }
  }

  #inLane<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#lane.then(() => this.#orAsStored(action));
    // The next in line waits whatever becomes of this one; its caller gets the failure.
    this.#lane = result.catch(() => undefined);
    return result;
  }
}

/** Collects leaves into writes of bounded size. */
class AppendBuffer {
  readonly #log: TiledLog;
  #planned: Planned[] = [];

  constructor(log: TiledLog) {
    this.#log = log;
  }

  get nextIndex(): number {
    return this.#log.size + this.#planned.length;
  }

  async add(planned: Planned): Promise<void> {
    this.#planned.push(planned);
    if (this.#planned.length >= MAX_APPEND) await this.flush();
  }

  async flush(): Promise<void> {
    const planned = this.#planned;
    if (planned.length === 0) return;
    const expected = this.#log.size;
    this.#planned = [];
    await this.#log.append(
      planned.map(({ leaf }) => leaf),
      (firstIndex) => {
        if (firstIndex !== expected) throw new TypeError("the feed has one writer");
        return planned.flatMap(({ ops }) => ops);
      },
    );
  }
}

function toLive(index: number, { subjects, content, productId }: PublicationRecord): LivePublication {
  return { index, subjects, content, productId };
}
