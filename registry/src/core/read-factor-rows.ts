import { checkFactorRows, type FactorRow, type FactorSet, parseFactorRow } from "@tallystick/contracts";
import { decodeUtf8, parseCanonicalJson } from "@tallystick/proto";

/**
 * The rows of a set from their JCS bytes, checked against what the factors log says of the set (docs/protocol.md, REG-4).
 *
 * @throws FACTOR_SET_INVALID, FACTOR_ROW_INVALID, JSON_NOT_CANONICAL, UTF8_INVALID
 */
export function readFactorRows(set: FactorSet, bytes: readonly Uint8Array[]): readonly FactorRow[] {
  const rows = bytes.map((row) => parseFactorRow(parseCanonicalJson(decodeUtf8(row))));
  checkFactorRows(set, rows);
  return rows;
}
