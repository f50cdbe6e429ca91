import { encodeBase64 } from "@tallystick/proto";
import { registryError } from "../errors.ts";
import { setName } from "../factors/factor-version.ts";
import type { RegistryState } from "./registry-state.ts";

/**
 * Whether somebody may read the rows under a root. Rows that a licence does not let be passed on go to members in good standing alone; the
 * rows of any other published set go to everyone. Rows that no set names are not to be had.
 *
 * @param transportKey base64url of the reader's raw key
 * @throws ROWS_UNKNOWN, FACTORS_RESTRICTED
 */
export function requireRowReader(state: RegistryState, rowsRoot: Uint8Array, transportKey: string): void {
  const root = encodeBase64(rowsRoot);
  const sets = [...state.factorSets].map(({ document }) => document).filter((set) => set.rowsRoot === root);
  const [set] = sets;
  if (set === undefined) throw registryError("ROWS_UNKNOWN", { rowsRoot: root });
  if (sets.some(({ redistribution }) => redistribution)) return;
  const member = state.members.memberByTransportKey(transportKey);
  if (member === undefined || member.suspended) {
    throw registryError("FACTORS_RESTRICTED", { set: setName(set), licence: set.licence });
  }
}
