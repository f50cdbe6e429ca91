import { formatNanoKg } from "@tallystick/contracts";
import type { FeedWarning } from "../gossip/feed-warning.ts";
import type { Confidence, Coverage, GroupTotal, InventoryFigures, MemberFault, RegistryPin } from "./inventory.ts";
import { METHODS_OF_EVIDENCE, type Method } from "./inventory-policy.ts";
import type { Period } from "./period.ts";
import type { GroupUncertainty } from "./uncertainty.ts";

/** An inventory as JSON: every mass is kg CO2e as decimal text with nine decimals, so no reader rounds it. */
export interface InventoryDocument {
  readonly v: 1;
  /** Absent: every line of the ledger. */
  readonly period?: Period;
  readonly totalKgCo2e: string;
  readonly finalKgCo2e: string;
  readonly provisionalKgCo2e: string;
  /** Of the total: what rests on attestations that count by their suppliers' logs, before their signatures are checked. */
  readonly coveredKgCo2e: string;
  readonly byCategory: Readonly<Record<string, string>>;
  readonly bySupplier: Readonly<Record<string, string>>;
  readonly byMethod: Readonly<Record<Method, { readonly lines: number; readonly kgCo2e: string }>> & {
    readonly unsupported: { readonly lines: number };
  };
  /** What the figures say that their global warming potentials are: a total may be of several, unless the policy asks for one set. */
  readonly byGwp: Readonly<Record<string, string>>;
  /** Reported beside the total and never netted with it. */
  readonly apart: {
    /** CO2 of biomass, and CO2 that biomass took up (at most 0). */
    readonly biogenicKgCo2: string;
    readonly uptakeKgCo2: string;
    /** Removals that suppliers' figures, and so the total, already have in them (at most 0). */
    readonly removalsInTotalKgCo2e: string;
    /** Lines that name an account: "scope 3 of investees", "credits retired". */
    readonly accounts: Readonly<Record<string, string>>;
  };
  /** Of the lines whose evidence is by gas, each gas rounded line by line: not the whole total, and not to be summed to it. */
  readonly gases: Readonly<Record<string, { readonly kg?: string; readonly kgCo2e: string }>>;
  readonly coverage: Coverage;
  readonly confidence: Confidence;
  readonly uncertainty: GroupUncertainty;
  readonly attestations: {
    readonly verified: number;
    /** Not among the verified: they count by their suppliers' logs, and their signatures are yet to be checked. */
    readonly covered: number;
    readonly refused: readonly { readonly member: string; readonly code: string; readonly reason: string }[];
  };
  readonly faults: readonly MemberFault[];
  /** What makes the logs doubtful that it rests on, though nothing is proven; absent where nothing does. */
  readonly warnings?: readonly FeedWarning[];
  /** The members log as it stood when the evidence was judged. */
  readonly registry: RegistryPin;
  readonly generatedFrom: {
    readonly lines: number;
    readonly policy: { readonly id: string; readonly version: string };
  };
}

export function toInventoryDocument(inventory: InventoryFigures): InventoryDocument {
  const byMethod = (method: Method): { lines: number; kgCo2e: string } => {
    const { lines, nanoKgCo2e } = inventory.byMethod.get(method) ?? { lines: 0, nanoKgCo2e: 0n };
    return { lines, kgCo2e: formatNanoKg(nanoKgCo2e) };
  };
  return {
    v: 1,
    ...(inventory.period === undefined ? {} : { period: inventory.period }),
    totalKgCo2e: formatNanoKg(inventory.totalNano),
    finalKgCo2e: formatNanoKg(inventory.finalNano),
    provisionalKgCo2e: formatNanoKg(inventory.provisionalNano),
    coveredKgCo2e: formatNanoKg(inventory.coveredNano),
    byCategory: kgByKey(inventory.byCategory),
    bySupplier: kgByKey(inventory.bySupplier),
    byMethod: {
      ...(Object.fromEntries(METHODS_OF_EVIDENCE.map((method) => [method, byMethod(method)])) as Record<
        Method,
        { lines: number; kgCo2e: string }
      >),
      unsupported: { lines: inventory.unsupportedLines },
    },
    byGwp: kgByKey(inventory.byGwp),
    apart: {
      biogenicKgCo2: formatNanoKg(inventory.apart.biogenicNanoKgCo2),
      uptakeKgCo2: formatNanoKg(inventory.apart.uptakeNanoKgCo2),
      removalsInTotalKgCo2e: formatNanoKg(inventory.apart.removalsNanoKgCo2e),
      accounts: kgByKey(inventory.apart.accounts),
    },
    gases: Object.fromEntries(
      [...inventory.gases].map(([gas, { nanoKg, nanoKgCo2e }]) => [
        gas,
        { ...(nanoKg === undefined ? {} : { kg: formatNanoKg(nanoKg) }), kgCo2e: formatNanoKg(nanoKgCo2e) },
      ]),
    ),
    coverage: inventory.coverage,
    confidence: inventory.confidence,
    uncertainty: inventory.uncertainty,
    attestations: {
      verified: inventory.verifiedAttestations,
      covered: inventory.coveredAttestations,
      refused: inventory.refused.map(({ member, code, reason }) => ({ member, code, reason })),
    },
    faults: inventory.faults,
    registry: inventory.registry,
    generatedFrom: { lines: inventory.lineCount, policy: inventory.policy },
  };
}

function kgByKey(groups: ReadonlyMap<number | string, GroupTotal>): Record<string, string> {
  // A supplier may be called `__proto__`: fromEntries defines properties and never sets one.
  return Object.fromEntries([...groups].map(([key, { nanoKgCo2e }]) => [String(key), formatNanoKg(nanoKgCo2e)]));
}
