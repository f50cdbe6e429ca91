import type { FaultKind, PlannedFault } from "../schedule/fault.ts";
import { clockSkew } from "./clock-skew.ts";
import { corruptedStore } from "./corrupted-store.ts";
import { duplicate } from "./duplicate.ts";
import { fullDisk } from "./full-disk.ts";
import type { FaultContext, Injector, Outcome } from "./injector.ts";
import { kill } from "./kill.ts";
import { partition } from "./partition.ts";
import { pause } from "./pause.ts";
import { reorder } from "./reorder.ts";
import { slowLink } from "./slow-link.ts";
import { tornWrite } from "./torn-write.ts";

const INJECTORS: { readonly [K in FaultKind]: Injector<K> } = {
  kill,
  pause,
  "full-disk": fullDisk,
  "torn-write": tornWrite,
  "clock-skew": clockSkew,
  partition,
  "slow-link": slowLink,
  reorder,
  duplicate,
  "corrupted-store": corruptedStore,
};

/** Applies a planned fault and takes it back. */
export function inject<K extends FaultKind>(
  fault: Extract<PlannedFault, { kind: K }>,
  context: FaultContext,
): Promise<Outcome> {
  const injector = INJECTORS[fault.kind] as unknown as Injector<K>;
  return injector(fault, context);
}
