import type { ContractDocument } from "./contract-document.ts";

const READS_OLDER: ReadonlySet<string | undefined> = new Set(["backward", "full"]);
const READS_NEWER: ReadonlySet<string | undefined> = new Set(["forward", "full"]);

/**
 * Whether who agreed on one version of a contract can read data under another: the same version, or one of the same major version
 * whose later document says that the two read each other in that direction (`compatibility`). One attestation serves every buyer, also
 * buyers who agreed before its version came out.
 */
export function canRead(agreed: ContractDocument, data: ContractDocument): boolean {
  if (agreed.id !== data.id) return false;
  const [reader = [], writer = []] = [agreed, data].map(({ version }) => version.split(".").map(Number));
  const at = reader.findIndex((part, place) => part !== writer[place]);
  if (at < 0) return true;
  if (at === 0) return false;
  const isReaderLater = (reader[at] ?? 0) > (writer[at] ?? 0);
  return isReaderLater ? READS_OLDER.has(agreed.compatibility) : READS_NEWER.has(data.compatibility);
}
