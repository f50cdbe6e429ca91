import { formatNanoKg, type LedgerLine, parseNanoKg } from "@tallystick/contracts";
import { canonicalJson, encodeBase64, type JsonObject, sha256, utf8Encode } from "@tallystick/proto";
import { z } from "zod";
import { entryKey } from "./evidence-index.ts";
import { factorName } from "./factor-library.ts";
import type { LineResult } from "./inventory.ts";
import type { Method } from "./inventory-policy.ts";
import type { EvidenceUse } from "./line-match.ts";
import { apportion } from "./period.ts";

/** What became of a ledger line, in short: what a report keeps of it, and what two inventories are compared by. */
export interface LineFigure {
  readonly id: string;
  /** SHA-256 of the line's JCS, base64: two lines that say the same have the same one. */
  readonly line: string;
  readonly category: number;
  readonly supplier?: string;
  /** Reported on this account, and not in the total. */
  readonly account?: string;
  readonly method: Method | "unsupported";
  /** What the figure rests on: `origin#index` or `set@version#key`; absent for an unsupported line. */
  readonly evidence?: string;
  /** kg CO2e with nine decimals, in the period; absent for an unsupported line. */
  readonly kgCo2e?: string;
  /** Covered by a quorum of witnesses; only of supplier evidence. */
  readonly final?: boolean;
}

export const lineFigureSchema: z.ZodType<LineFigure> = z.strictObject({
  id: z.string(),
  line: z.string(),
  category: z.int().min(1).max(15),
  supplier: z.string().exactOptional(),
  account: z.string().exactOptional(),
  method: z.string() as unknown as z.ZodType<Method | "unsupported">,
  evidence: z.string().exactOptional(),
  kgCo2e: z.string().exactOptional(),
  final: z.boolean().exactOptional(),
});

export function lineDigest(line: LedgerLine): string {
  return encodeBase64(sha256(utf8Encode(canonicalJson(line as unknown as JsonObject))));
}

export function toLineFigure({ line, match, days }: LineResult): LineFigure {
  const head = {
    id: line.id,
    line: lineDigest(line),
    category: line.category,
    ...(line.supplier === undefined ? {} : { supplier: line.supplier }),
    ...(line.account === undefined ? {} : { account: line.account }),
  };
  if (match.kind === "unsupported") return { ...head, method: "unsupported" };
  const { evidence, calculation } = match;
  const kgCo2e = formatNanoKg(apportion(calculation.nanoKgCo2e, days));
  if (evidence.method === "supplier-specific") {
    const { ref, final } = evidence.item;
    return { ...head, method: evidence.method, evidence: entryKey(ref.origin, ref.index), kgCo2e, final };
  }
  const name = evidenceName(evidence);
  return { ...head, method: evidence.method, ...(name === undefined ? {} : { evidence: name }), kgCo2e };
}

/** What a figure rests on, by name; of components, each with its own. Undefined for emissions that the ledger itself states. */
export function evidenceName(evidence: EvidenceUse): string | undefined {
  switch (evidence.method) {
    case "supplier-specific":
      return entryKey(evidence.item.ref.origin, evidence.item.ref.index);
    case "reported-emissions":
      return undefined;
    case "hybrid":
      return evidence.components
        .map(({ id, evidence: of }) => `${id}: ${evidenceName(of) ?? "as reported"}`)
        .join("; ");
    default:
      return factorName(evidence.table.set, evidence.placed.row.key);
  }
}

/** 10⁻⁹ kg CO2e that the line adds to a total. */
export function nanoOf({ kgCo2e, account }: LineFigure): bigint {
  return kgCo2e === undefined || account !== undefined ? 0n : parseNanoKg(kgCo2e);
}
