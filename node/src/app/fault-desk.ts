import { isTallyError } from "@tallystick/proto";
import type { Signatory } from "../core/agreement/agreement-terms.ts";
import { evidenceError } from "../core/evidence/evidence-errors.ts";
import { buildFault, type TwoLive } from "../core/evidence/fault/build-fault.ts";
import { type FaultDocument, formatFault } from "../core/evidence/fault/fault-document.ts";
import {
  type FaultDetail,
  type FaultsDocument,
  type ListedFault,
  listedOf,
  listedTwoLive,
  nameOf,
  twoLiveOf,
} from "../core/evidence/fault/fault-list.ts";
import type { FaultSources } from "../core/evidence/fault/fault-sources.ts";
import { verifyFault } from "../core/evidence/fault/verify-fault.ts";
import type { TrustAnchor } from "../core/evidence/registry-proof.ts";
import type { FaultHistory } from "../core/journal/fault-history.ts";
import type { Verdict } from "../core/journal/verdict.ts";
import type { FaultsApi } from "../ports/local-api.ts";
import { inChunks } from "./in-chunks.ts";
import type { InventoryKeeper } from "./inventory-keeper.ts";

export interface FaultDeskOptions {
  readonly history: FaultHistory;
  readonly keeper: InventoryKeeper;
  readonly sources: FaultSources;
  readonly self: Signatory;
  readonly trust: TrustAnchor;
  /** Unix seconds. */
  readonly now: () => number;
}

/** Says which members did what, and makes the documents that show it to others. */
export class FaultDesk implements FaultsApi {
  readonly #options: FaultDeskOptions;

  constructor(options: FaultDeskOptions) {
    this.#options = options;
  }

  /** @inheritdoc */
  async list(): Promise<FaultsDocument> {
    const { history } = this.#options;
    return { faults: [...history.all.map(listedOf), ...this.#twoLive().map(listedTwoLive)] };
  }

  /** @inheritdoc */
  async show(name: string): Promise<FaultDetail> {
    const { fault, cause } = this.#find(name);
    try {
      return { fault, evidence: verifyFault(formatFault(await this.#build(cause)), this.#options.trust) };
    } catch (error) {
      if (!isTallyError(error)) throw error;
      return { fault, notExportable: { code: error.code, details: error.details as object } };
    }
  }

  /** @inheritdoc */
  async *exportFault(name: string): AsyncGenerator<Uint8Array> {
    yield* inChunks(formatFault(await this.#build(this.#find(name).cause)));
  }

  #build(cause: Verdict | TwoLive): Promise<FaultDocument> {
    const { sources, self, trust, now } = this.#options;
    const { did, kid, key } = self;
    const reportedAt = new Date(now() * 1000).toISOString();
    return buildFault(cause, { sources, reporter: { did, kid, key }, trust, reportedAt });
  }

  /** @throws FAULT_UNKNOWN */
  #find(name: string): { readonly fault: ListedFault; readonly cause: Verdict | TwoLive } {
    const recorded = /^\d{1,15}$/.test(name) ? this.#options.history.get(Number(name)) : undefined;
    if (recorded !== undefined) return { fault: listedOf(recorded), cause: recorded.verdict };
    const two = this.#twoLive().find((one) => nameOf(one) === name);
    if (two === undefined) throw evidenceError("FAULT_UNKNOWN", { fault: name.slice(0, 300) });
    return { fault: listedTwoLive(two), cause: two };
  }

  #twoLive(): readonly TwoLive[] {
    return twoLiveOf(this.#options.keeper.liveEvidence());
  }
}
