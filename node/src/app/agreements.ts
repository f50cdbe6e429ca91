import { AGREEMENT_TYP, parseAgreementOffer } from "@tallystick/contracts";
import { decodeBase64, encodeBase64, parseJws } from "@tallystick/proto";
import type { Store } from "@tallystick/registry";
import type { Agreement } from "../core/agreement/agreement-terms.ts";
import { type AgreementRecord, keys, putRecord, readAll, readRecord, records } from "./node-records.ts";

/** The agreements of this node: sales, in which it supplies, and purchases, in which it buys. */
export class Agreements {
  readonly #store: Store;
  readonly #sales = new Map<string, Agreement>();
  readonly #purchases = new Map<string, { agreement: Agreement; address: string }>();

  private constructor(store: Store) {
    this.#store = store;
  }

  static async open(store: Store): Promise<Agreements> {
    const agreements = new Agreements(store);
    for (const [, record] of await readAll(store, keys.sales, records.agreement)) {
      agreements.#sales.set(record.partner, toAgreement(record));
    }
    for (const [, record] of await readAll(store, keys.purchases, records.agreement)) {
      agreements.#purchases.set(record.partner, { agreement: toAgreement(record), address: record.address ?? "" });
    }
    return agreements;
  }

  get sales(): readonly Agreement[] {
    return [...this.#sales.values()];
  }

  get purchases(): readonly { readonly agreement: Agreement; readonly address: string }[] {
    return [...this.#purchases.values()];
  }

  sale(buyer: string): Agreement | undefined {
    return this.#sales.get(buyer);
  }

  purchase(supplier: string): { readonly agreement: Agreement; readonly address: string } | undefined {
    return this.#purchases.get(supplier);
  }

  async addSale(agreement: Agreement): Promise<void> {
    const { buyer } = agreement.offer;
    await this.#store.write([putRecord(keys.sale(buyer), toRecord(buyer, agreement))], { sync: true });
    this.#sales.set(buyer, agreement);
  }

  /** The offer to that supplier which is not answered yet; the same one is sent again after a crash. */
  async openOffer(
    supplier: string,
    make: () => Promise<{ offerJws: string; routeKey: Uint8Array }>,
  ): Promise<{ offerJws: string; routeKey: Uint8Array }> {
    const key = keys.offer(supplier);
    const value = await this.#store.get(key);
    if (value !== undefined) {
      const { offerJws, routeKey } = readRecord(records.offer, key, value);
      return { offerJws, routeKey: decodeBase64(routeKey) };
    }
    const offer = await make();
    const record = { v: 1, offerJws: offer.offerJws, routeKey: encodeBase64(offer.routeKey) };
    await this.#store.write([putRecord(key, record)], { sync: true });
    return offer;
  }

  /** Forgets the offer to that supplier, which it will never accept. */
  async dropOffer(supplier: string): Promise<void> {
    await this.#store.write([{ type: "del", key: keys.offer(supplier) }], { sync: true });
  }

  async addPurchase(agreement: Agreement, address: string): Promise<void> {
    const { supplier } = agreement.offer;
    const record = { ...toRecord(supplier, agreement), address };
    await this.#store.write([putRecord(keys.purchase(supplier), record), { type: "del", key: keys.offer(supplier) }], {
      sync: true,
    });
    this.#purchases.set(supplier, { agreement, address });
  }
}

function toRecord(partner: string, { offer, offerJws, acceptanceJws, routeKey }: Agreement): AgreementRecord {
  const { epoch, contract } = offer;
  return { v: 1, partner, offerJws, acceptanceJws, routeKey: encodeBase64(routeKey), epoch, contract };
}

function toAgreement({ offerJws, acceptanceJws, routeKey }: AgreementRecord): Agreement {
  const offer = parseAgreementOffer(parseJws(offerJws, AGREEMENT_TYP).payload);
  return { offer, offerJws, acceptanceJws, routeKey: decodeBase64(routeKey) };
}
