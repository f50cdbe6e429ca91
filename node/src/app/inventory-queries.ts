import type { Replica, Store } from "@tallystick/registry";
import type { Signatory } from "../core/agreement/agreement-terms.ts";
import { proveInventory } from "../core/evidence/prove.ts";
import type { TrustAnchor } from "../core/evidence/registry-proof.ts";
import { diffInventories, type InventoryDifference } from "../core/inventory/diff-inventories.ts";
import { type ExplainDocument, explainLine, explainTotal } from "../core/inventory/explain.ts";
import { explainRetracted, type LineExplainDocument, withHistory } from "../core/inventory/explain-history.ts";
import { type InventoryDocument, toInventoryDocument } from "../core/inventory/inventory-document.ts";
import { type InventoryView, parseView, parseViewName, type ViewQuery } from "../core/inventory/inventory-view.ts";
import { type LineFigure, toLineFigure } from "../core/inventory/line-figure.ts";
import type { FeedState } from "../core/subscription/feed-state.ts";
import { evidenceSources } from "./evidence-store.ts";
import type { InventoryKeeper } from "./inventory-keeper.ts";
import { LineHistories } from "./line-histories.ts";
import type { PeriodClosing } from "./period-closing.ts";
import { PeriodStore } from "./period-store.ts";
import type { Policies } from "./policies.ts";

/** What stands before the name of a period whose latest report is meant. */
const CLOSED = "closed:";

export interface InventoryQueriesOptions {
  readonly keeper: InventoryKeeper;
  readonly policies: Policies;
  readonly periods: PeriodClosing;
  readonly store: Store;
  readonly replica: Replica;
  readonly feeds: ReadonlyMap<string, FeedState>;
  readonly trust: TrustAnchor;
  /** Who signs bundles. */
  readonly preparer: Signatory;
  /** Name and version of the software. */
  readonly software: string;
  /** Unix seconds. */
  readonly now: () => number;
}

/** Answers questions about the inventory: of any period, as it was known at any time. */
export class InventoryQueries {
  readonly #options: InventoryQueriesOptions;
  readonly #histories: LineHistories;

  constructor(options: InventoryQueriesOptions) {
    this.#options = options;
    const { keeper, policies, store } = options;
    this.#histories = new LineHistories(keeper, policies, new PeriodStore(store));
  }

  /** @throws PERIOD_INVALID, AS_OF_INVALID, FACTOR_SET_MISSING, REPLICA_STALE */
  inventory(query: ViewQuery): InventoryDocument {
    return toInventoryDocument(this.#options.keeper.liveOf(this.#viewOf(query)).figures());
  }

  /** @throws LINE_UNKNOWN and what `inventory` throws */
  async explain(subject: string, query: ViewQuery): Promise<ExplainDocument | LineExplainDocument> {
    const { keeper } = this.#options;
    const view = this.#viewOf(query);
    const live = keeper.liveOf(view);
    if (subject === "total") return explainTotal(live.snapshot());
    const history = await this.#histories.of(subject, view.asOf);
    // Of a line that is no more, its history stays.
    if (history.versions.at(-1)?.retracted !== undefined) return explainRetracted(subject, history);
    return withHistory(explainLine(live.line(subject)), history);
  }

  /** @throws PERIOD_STATE where a period has no report, and what `inventory` throws */
  async diff(before: string, after: string): Promise<InventoryDifference> {
    return diffInventories(await this.#linesOf(before), await this.#linesOf(after));
  }

  /** The evidence bundle. @throws EVIDENCE_NOT_HELD and what `inventory` throws */
  async prove(query: ViewQuery): Promise<Uint8Array> {
    const { keeper, store, replica, feeds, trust, preparer, software, now } = this.#options;
    const preparedAt = new Date(now() * 1000).toISOString();
    const { bytes } = await proveInventory({
      input: keeper.input(this.#viewOf(query)),
      trust,
      sources: evidenceSources(store, replica, feeds),
      preparer: { ...preparer, preparedAt, software },
    });
    return bytes;
  }

  async #linesOf(name: string): Promise<readonly LineFigure[]> {
    const { keeper, periods, policies } = this.#options;
    if (name.startsWith(CLOSED)) return periods.reportedLines(name.slice(CLOSED.length));
    const view = parseViewName(name, policies.reporting.current.calendar);
    return keeper.inventory(view).lines.map(toLineFigure);
  }

  #viewOf(query: ViewQuery): InventoryView {
    return parseView(query, this.#options.policies.reporting.current.calendar);
  }
}
