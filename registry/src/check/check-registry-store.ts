import { decodeBase64, encodeHex, isTallyError } from "@tallystick/proto";
import type { ScannableStore } from "../adapters/level/level-store.ts";
import { readFactorRows } from "../core/read-factor-rows.ts";
import { REGISTRY_LOGS, RegistryState } from "../core/registry-state.ts";
import { type Trust, trustedLogKey } from "../core/trust.ts";
import { endOfPrefix } from "../ports/store.ts";
import { SERVED_LOGS, type ServedLog } from "../server/registry-server.ts";
import { checkLog } from "./check-log.ts";
import { checkRecords, type KeyKind, SoundRecords } from "./sound-records.ts";
import type { StoreCheck } from "./store-check.ts";

const LOG_KEY =
  /^log\/(members|contracts|factors|claims)\/(state|final|leaf\/\d{16}|tile\/\d\/\d{16}|checkpoint\/\d{16})$/;
const ROW_KEY = /^rows\/[0-9a-f]{64}\/\d{12}$/;

function kindOf(key: string): KeyKind | undefined {
  if (LOG_KEY.test(key)) {
    return { consequence: "the log does not open, or not all of it can be served", derived: key.includes("/tile/") };
  }
  if (ROW_KEY.test(key)) return { consequence: "a factor set cannot be served", derived: false };
  if (key === "meta/restored") return { consequence: "a log might sign what it had signed otherwise", derived: false };
  return undefined;
}

/** What was checked of a store. */
export interface CheckedStore {
  readonly records: number;
  readonly bytes: number;
  readonly logs: readonly { readonly origin: string; readonly size: number }[];
}

/** Checks a registry's store: its four logs, what their entries say, and the rows of every factor set. */
export async function checkRegistryStore(
  scannable: ScannableStore,
  trust: Trust,
  check: StoreCheck,
): Promise<CheckedStore> {
  const counted = await checkRecords(scannable, kindOf, check);
  const store = new SoundRecords(scannable);
  const logs: { origin: string; size: number }[] = [];
  const leaves = {} as Record<ServedLog, Uint8Array[]>;
  for (const name of SERVED_LOGS) {
    const { origin } = trust.logs[name];
    const held: Uint8Array[] = [];
    leaves[name] = held;
    const onLeaf = name === "claims" ? undefined : (_index: number, leaf: Uint8Array) => void held.push(leaf);
    const keys = [trustedLogKey(trust.logs[name])];
    const state = await checkLog({
      store,
      prefix: `log/${name}`,
      origin,
      keys,
      check,
      ...(onLeaf === undefined ? {} : { onLeaf }),
    });
    logs.push({ origin, size: state?.treeSize ?? 0 });
  }
  const state = replay(trust, leaves, check);
  if (state !== undefined) await checkRows(store, state, check);
  return { ...counted, logs };
}

function replay(
  trust: Trust,
  leaves: Record<ServedLog, readonly Uint8Array[]>,
  check: StoreCheck,
): RegistryState | undefined {
  const state = new RegistryState(trust);
  for (const name of REGISTRY_LOGS) {
    for (const [index, leaf] of leaves[name].entries()) {
      try {
        state.apply(name, leaf);
      } catch (error) {
        if (!isTallyError(error)) throw error;
        check.find(`log/${name} ${index}`, `is refused: ${error.message}`, "the registry does not start", "restore");
        return undefined;
      }
    }
  }
  return state;
}

async function checkRows(store: SoundRecords, state: RegistryState, check: StoreCheck): Promise<void> {
  for (const { document } of state.factorSets) {
    const prefix = `rows/${encodeHex(decodeBase64(document.rowsRoot))}/`;
    const rows: Uint8Array[] = [];
    for await (const [, row] of store.entries({ gte: prefix, lt: endOfPrefix(prefix) })) rows.push(row);
    try {
      readFactorRows(document, rows);
    } catch (error) {
      if (!isTallyError(error)) throw error;
      const consequence = `${document.id}@${document.version} cannot be served`;
      check.find(`${prefix}...`, `are not the rows of the set: ${error.message}`, consequence, "restore");
    }
  }
}
