import { formatChange, type PrivateKey, signChange } from "@tallystick/proto";
import type { ChangeLog } from "./change-log.ts";

/** A maintainer's key, with the id it has in the genesis. */
export interface MaintainerKey {
  readonly kid: string;
  readonly key: PrivateKey;
}

/**
 * The leaf that would come next in a log, approved by these maintainers. Pure; whether the change is admissible is for
 * `RegistryState.apply` to say.
 *
 * @throws CHANGE_MALFORMED, ENTRY_TOO_LARGE
 */
export function buildChange(log: ChangeLog, change: object, maintainers: readonly MaintainerKey[]): Uint8Array {
  const payload = log.next(change);
  return formatChange({ payload, approvals: maintainers.map(({ kid, key }) => signChange(payload, kid, key)) });
}
