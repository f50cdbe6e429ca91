import { subjectKeys } from "../../feed/plan-publication.ts";
import type { EvidenceItem } from "../../inventory/inventory.ts";
import type { RecordedFault } from "../../journal/fault-history.ts";
import type { TwoLive } from "./build-fault.ts";
import type { FaultVerdict } from "./verify-fault.ts";

/** A fault as `tally faults list` has it. */
export interface ListedFault {
  /** By which it is shown and exported: a number of the journal, or the two entries that contradict each other. */
  readonly fault: string;
  readonly member: string;
  readonly kind: string;
  readonly caughtBy: string;
  readonly detail: string;
  /** When it was journalled, Unix seconds; absent of what the evidence held shows at any time. */
  readonly at?: number;
  /** Number of the journal's entry by which what was missing came after all. */
  readonly healedBy?: number;
}

export interface FaultsDocument {
  readonly faults: readonly ListedFault[];
}

/** One fault, and what can be shown of it to others, or why nothing can. */
export interface FaultDetail {
  readonly fault: ListedFault;
  readonly evidence?: FaultVerdict;
  readonly notExportable?: { readonly code: string; readonly details: object };
}

export function listedOf({ number, verdict, healedBy, member, kind, caughtBy, detail }: RecordedFault): ListedFault {
  return {
    fault: String(number),
    member,
    kind,
    caughtBy,
    detail,
    ...(verdict.at === undefined ? {} : { at: verdict.at }),
    ...(healedBy === undefined ? {} : { healedBy }),
  };
}

/** Two footprints that one log lets stand for one product, site and period, by what is live here. */
export function twoLiveOf(live: readonly EvidenceItem[]): readonly TwoLive[] {
  const bySubject = new Map<string, EvidenceItem>();
  const found = new Map<string, TwoLive>();
  for (const item of [...live].sort((a, b) => a.ref.index - b.ref.index)) {
    const { origin, index } = item.ref;
    for (const subject of subjectKeys(item.footprint)) {
      const key = `${origin} ${subject}`;
      const first = bySubject.get(key);
      if (first === undefined) bySubject.set(key, item);
      else {
        const two: TwoLive = { kind: "two-live", member: item.member, origin, indices: [first.ref.index, index] };
        found.set(nameOf(two), two);
      }
    }
  }
  return [...found.values()];
}

export const nameOf = ({ origin, indices }: TwoLive): string => `${origin}#${indices.join("+")}`;

export function listedTwoLive(two: TwoLive): ListedFault {
  const [first, second] = two.indices;
  return {
    fault: nameOf(two),
    member: two.member,
    kind: two.kind,
    caughtBy: "inventory",
    detail: `entries ${first} and ${second} of ${two.origin} are live for one product, site and period`,
  };
}
