import type { Confidence } from "../inventory/inventory.ts";
import type { InventoryDocument } from "../inventory/inventory-document.ts";

/** What makes a feed doubtful, or shows a registry at fault, beside its entries. */
export interface FeedWarning {
  readonly origin: string;
  /**
   * `checkpoint-unshown`: the log's key signed more than the log showed here. `feed-frozen`: no newer cosigned checkpoint than policy's age.
   * `registry-forked`: a log of the registry has two histories.
   */
  readonly code: "checkpoint-unshown" | "feed-frozen" | "registry-forked";
  readonly size: number;
  /** Unix seconds. */
  readonly sinceUnix: number;
}

/** The document with what is doubtful about the logs that it rests on: confidence is `medium` at most then. */
export function withFeedWarnings(document: InventoryDocument, warnings: readonly FeedWarning[]): InventoryDocument {
  if (warnings.length === 0) return document;
  const { level, reasons, ...rest } = document.confidence;
  const more = warnings.map(({ code }) => (code === "registry-forked" ? "registry-forked" : "feed-doubted"));
  const confidence: Confidence = {
    ...rest,
    level: level === "high" ? "medium" : level,
    reasons: [...new Set([...reasons, ...more])].sort(),
  };
  return { ...document, confidence, warnings };
}
