import { isTallyError } from "@tallystick/proto";
import { describe, expect, it } from "vitest";
import { diffSets } from "./diff-sets.ts";
import { rowOf, setOf } from "./factors.fixture.ts";
import { applyRenames, parseRenameMap, type Rename, type RenameMap } from "./rename-map.ts";

const rename = (from: string, to: string, changed: Partial<Rename> = {}): Rename => ({
  from,
  to,
  reason: "its heading is another",
  confirmed: true,
  by: "A. Maintainer",
  ...changed,
});
const mapOf = (renames: readonly Rename[], changed: Partial<RenameMap> = {}): RenameMap => ({
  v: 1,
  set: "set",
  version: "2.0.0",
  supersedes: "1.0.0",
  renames,
  ...changed,
});
const first = setOf([rowOf({ key: "oats" })], { id: "set", version: "1.0.0" });
const second = setOf([rowOf({ key: "oat", label: "Oat farming" })], {
  id: "set",
  version: "2.0.0",
  supersedes: "1.0.0",
});

describe("a rename map", () => {
  it("gives a factor the key it had, leaves the new label, and says so", () => {
    const renamed = applyRenames(second, [mapOf([rename("oats", "oat", { activity: "cereals" })])]);
    expect(renamed.rows).toMatchObject([
      {
        key: "oats",
        label: "Oat farming",
        activity: "cereals",
        change: { reason: "rename", note: "published as oat" },
      },
    ]);
    expect(renamed.set.rowsRoot).not.toBe(second.set.rowsRoot);
    expect(diffSets(first, renamed)).toMatchObject({ added: [], removed: [], changed: [] });
    expect(diffSets(first, second)).toMatchObject({ added: [{ key: "oat" }], removed: [{ before: { key: "oats" } }] });
  });

  it("drops an activity that the first version did not have", () => {
    const proposed = setOf([rowOf({ key: "oat", activity: "other" })], { id: "set", version: "2.0.0" });
    expect(applyRenames(proposed, [mapOf([rename("oats", "oat")])]).rows[0]).not.toHaveProperty("activity");
  });

  it("holds for later versions, too, through all names in between", () => {
    const third = setOf([rowOf({ key: "avena" })], { id: "set", version: "3.0.0", supersedes: "2.0.0" });
    const maps = [
      mapOf([rename("oats", "oat")]),
      mapOf([rename("oat", "avena")], { version: "3.0.0", supersedes: "2.0.0" }),
    ];
    expect(applyRenames(third, maps).rows).toMatchObject([{ key: "oats" }]);
    const fourth = setOf([rowOf({ key: "avena" })], { id: "set", version: "4.0.0", supersedes: "3.0.0" });
    const [row] = applyRenames(fourth, maps).rows;
    expect(row).toMatchObject({ key: "oats" });
    expect(row).not.toHaveProperty("change");
  });

  it("does nothing for what is not confirmed, for other sets, and for versions before", () => {
    const unconfirmed = mapOf([{ from: "oats", to: "oat", reason: "alike", confirmed: false }]);
    expect(applyRenames(second, [unconfirmed])).toBe(second);
    expect(applyRenames(second, [mapOf([rename("oats", "oat")], { set: "other" })])).toBe(second);
    expect(applyRenames(first, [mapOf([rename("rye", "oats")])])).toBe(first);
  });

  it("ends where versions go round in a circle", () => {
    const maps = [
      mapOf([rename("oats", "oat")]),
      mapOf([rename("rye", "oats")], { version: "1.0.0", supersedes: "2.0.0" }),
    ];
    expect(applyRenames(second, maps).rows).toMatchObject([{ key: "rye" }]);
  });

  it("refuses to give two factors one key", () => {
    const both = setOf([rowOf({ key: "oat" }), rowOf({ key: "oats" })], { id: "set", version: "2.0.0" });
    expect(() => applyRenames(both, [mapOf([rename("oats", "oat")])])).toThrow(
      expect.objectContaining({ code: "FACTOR_FILE_INVALID" }),
    );
  });

  it.each<[string, object]>([
    ["another version of the document", { v: 2 }],
    ["a key that is none", { renames: [rename("", "oat")] }],
    ["a key renamed to itself", { renames: [rename("oat", "oat")] }],
    ["two factors renamed to one", { renames: [rename("oats", "oat"), rename("rye", "oat")] }],
    ["one factor renamed to two", { renames: [rename("oats", "oat"), rename("oats", "rye")] }],
    ["what nobody confirmed", { renames: [{ from: "oats", to: "oat", reason: "alike", confirmed: true }] }],
    ["a version that is none", { version: "two" }],
    ["a version that supersedes itself", { supersedes: "2.0.0" }],
    ["a field that is not known", { also: 1 }],
  ])("is refused with %s", (_, changed) => {
    const value = { ...mapOf([rename("oats", "oat")]), ...changed };
    try {
      parseRenameMap("map.json", value);
      expect.unreachable();
    } catch (error) {
      expect(isTallyError(error, "FACTOR_FILE_INVALID")).toBe(true);
    }
  });
});
