import { formatChange, type PrivateKey, type Signer, signChange, signChangeAsync } from "@tallystick/proto";
import type { ChangeLog } from "./change-log.ts";

/** A maintainer's key, with the id it has in the genesis. */
export interface MaintainerKey {
  readonly kid: string;
  readonly key: Signer;
}

/** The same, in memory. */
export type MaintainerKeyInMemory = MaintainerKey & { readonly key: PrivateKey };

/**
 * The leaf that would come next in a log, approved by these maintainers. Pure; whether the change is admissible is for
 * `RegistryState.apply` to say.
 *
 * @throws CHANGE_MALFORMED, ENTRY_TOO_LARGE, and what Signer.sign throws
 */
export async function buildChangeAsync(
  log: ChangeLog,
  change: object,
  maintainers: readonly MaintainerKey[],
): Promise<Uint8Array> {
  const payload = log.next(change);
  const approvals = await Promise.all(maintainers.map(({ kid, key }) => signChangeAsync(payload, kid, key)));
  return formatChange({ payload, approvals });
}

/** As buildChangeAsync, at once. */
export function buildChange(log: ChangeLog, change: object, maintainers: readonly MaintainerKeyInMemory[]): Uint8Array {
  const payload = log.next(change);
  return formatChange({ payload, approvals: maintainers.map(({ kid, key }) => signChange(payload, kid, key)) });
}
