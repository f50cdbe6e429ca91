import { type ChangeReason, type FactorRow, parseFactorSet, rowsRoot } from "@tallystick/contracts";
import { encodeBase64 } from "@tallystick/proto";
import type { FactorSetWithRows } from "../starter/starter-set.ts";
import { diffSets } from "./diff-sets.ts";

/** Why the figures of a version differ from those of the version it supersedes, as whoever proposes it states. */
export interface StatedReason {
  readonly reason: Extract<ChangeReason, "error" | "methodology" | "new-data">;
  readonly note?: string;
}

/** A proposed version in which each changed row that says nothing of its own has the stated reason. @throws FACTOR_SET_INVALID */
export function stateReasons(
  superseded: FactorSetWithRows,
  proposed: FactorSetWithRows,
  stated: StatedReason,
): FactorSetWithRows {
  const changed = new Set(diffSets(superseded, proposed).changed.map(({ after }) => after.key));
  const rows = proposed.rows.map((row): FactorRow => (changed.has(row.key) ? stateReason(row, stated) : row));
  return { set: parseFactorSet({ ...proposed.set, rowsRoot: encodeBase64(rowsRoot(rows)) }), rows };
}

/** That a row was renamed says nothing of its figure. */
function stateReason(row: FactorRow, stated: StatedReason): FactorRow {
  const { change } = row;
  if (change === undefined) return { ...row, change: stated };
  return change.reason === "rename" ? { ...row, change: { ...change, ...stated } } : row;
}
