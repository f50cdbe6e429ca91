import { ATTESTATION_TYP } from "@tallystick/contracts";
import { formatLeaf, hashJws, hashLeaf, type JsonObject, parseJws, signJwsAsync } from "@tallystick/proto";
import type { TiledLog } from "@tallystick/registry";
import type { NodeApp } from "../app/node-app.ts";
import type { Agreement } from "../core/agreement/agreement-terms.ts";
import { publishingContract } from "../core/agreement/publishing-contract.ts";
import type { PublicationItem } from "../core/feed/parse-publication.ts";
import { deliverLeaf } from "../core/feed/plan-delivery.ts";
import { planPublication } from "../core/feed/plan-publication.ts";
import type { DeliverySource, OpenedDelivery } from "../ports/delivery-source.ts";

/** An entry of the log, and what is handed over with it. */
export interface LoggedAttestation {
  readonly index: number;
  readonly leafHash: Uint8Array;
  readonly jws: string;
  readonly disclosures: readonly string[];
}

export interface DeliveryOptions {
  /** Default: the next, and then it is taken. */
  readonly counter?: number;
  /** Default: the buyer's own. */
  readonly routeKey?: Uint8Array;
  /** Only to this buyer. Default: to every one. */
  readonly buyer?: string;
}

/**
 * What a member can do who does not play by the rules: it has its keys, its log and its agreements, and appends and hands over what
 * it likes. The log itself stays append-only, and the witnesses cosign it as they do any other.
 */
export class Workbench implements DeliverySource {
  readonly app: NodeApp;
  readonly #nowUnix: () => number;
  readonly #randomBytes: (size: number) => Uint8Array;
  readonly #counters = new Map<string, number>();
  readonly #opened = new Map<string, Map<number, OpenedDelivery>>();

  constructor(app: NodeApp, nowUnix: () => number, randomBytes: (size: number) => Uint8Array) {
    this.app = app;
    this.#nowUnix = nowUnix;
    this.#randomBytes = randomBytes;
  }

  get log(): TiledLog {
    return this.app.log;
  }

  get sales(): readonly Agreement[] {
    return this.app.agreements.sales;
  }

  get nowUnix(): number {
    return this.#nowUnix();
  }

  /** The attestation of a footprint as an honest member would sign it. */
  async attest(item: PublicationItem): Promise<{ readonly jws: string; readonly disclosures: readonly string[] }> {
    const { replica, home } = this.app;
    const { origin, size, root } = replica.pin;
    const refuse = (): never => {
      throw new TypeError("a dishonest member publishes figures without inputs");
    };
    const plan = await planPublication(item, {
      self: home.signatory,
      contract: publishingContract(replica.state),
      live: new Map(),
      resolveInput: refuse,
      factorOf: refuse,
      registry: { origin, treeSize: size, rootHash: root },
      nowUnix: this.nowUnix,
      randomBytes: this.#randomBytes,
    });
    if (plan.kind !== "append") throw new TypeError("nothing was live before");
    return plan.attestation;
  }

  /** The same attestation with another payload, signed with the member's true key. */
  resign(jws: string, change: (payload: JsonObject) => JsonObject): Promise<string> {
    const { kid, key } = this.app.home.signatory;
    return signJwsAsync(ATTESTATION_TYP, kid, change(parseJws(jws, ATTESTATION_TYP).payload), key);
  }

  /** Logs a JWS, whatever it is; as a supersede of `target` where one is given. */
  async logJws(jws: string, disclosures: readonly string[] = [], target?: number): Promise<LoggedAttestation> {
    const jwsHash = hashJws(jws);
    const leaf =
      target === undefined
        ? formatLeaf({ kind: "attest", jwsHash })
        : formatLeaf({ kind: "supersede", jwsHash, targetIndex: target });
    return { index: await this.append(leaf), leafHash: hashLeaf(leaf), jws, disclosures };
  }

  /** Signs and logs a footprint honestly. */
  async logHonestly(item: PublicationItem): Promise<LoggedAttestation> {
    const { jws, disclosures } = await this.attest(item);
    return this.logJws(jws, disclosures);
  }

  /** Appends one leaf. @returns its index */
  async append(leaf: Uint8Array): Promise<number> {
    const { firstIndex } = await this.log.append([leaf]);
    return firstIndex;
  }

  /** Logs a delivery of the entry; what opens it is ready to be handed over. */
  async deliver(target: LoggedAttestation, options: DeliveryOptions = {}): Promise<void> {
    for (const agreement of this.sales) {
      const { buyer, epoch, origin } = agreement.offer;
      if (options.buyer !== undefined && options.buyer !== buyer) continue;
      const counter = options.counter ?? this.takeCounter(buyer);
      const salt = this.#randomBytes(32);
      const route = { routeKey: options.routeKey ?? agreement.routeKey, origin, epoch, counter };
      const index = await this.append(deliverLeaf(route, target, salt));
      this.handOver(buyer, index, { ...target, salt, targetIndex: target.index });
    }
  }

  /** Takes the buyer's next counter, so that the delivery after has the one after. */
  takeCounter(buyer: string): number {
    const counter = this.#counters.get(buyer) ?? 0;
    this.#counters.set(buyer, counter + 1);
    return counter;
  }

  /** Makes this what the buyer gets with that leaf. */
  handOver(buyer: string, index: number, { salt, targetIndex, jws, disclosures }: OpenedDelivery): void {
    const opened = this.#opened.get(buyer) ?? new Map<number, OpenedDelivery>();
    this.#opened.set(buyer, opened.set(index, { salt, targetIndex, jws, disclosures }));
  }

  randomBytes(size: number): Uint8Array {
    return this.#randomBytes(size);
  }

  /** @inheritdoc */
  async openDeliveries(buyer: string, indices: readonly number[]): Promise<ReadonlyMap<number, OpenedDelivery>> {
    const opened = this.#opened.get(buyer);
    return new Map(
      indices.flatMap((index) => {
        const delivery = opened?.get(index);
        return delivery === undefined ? [] : [[index, delivery] as const];
      }),
    );
  }
}
