import { describe, expect, it } from "vitest";
import { rowOf, setOf } from "./factors.fixture.ts";
import { stateReasons } from "./state-reasons.ts";

describe("stateReasons", () => {
  const before = setOf([
    rowOf({ key: "gone" }),
    rowOf({ key: "kept" }),
    rowOf({ key: "value" }),
    rowOf({ key: "wrong" }),
  ]);
  const after = setOf(
    [
      rowOf({ key: "kept" }),
      rowOf({ key: "new" }),
      rowOf({ key: "renamed", value: "2", change: { reason: "rename", from: "gone", note: "headings of 2022" } }),
      rowOf({ key: "value", value: "2" }),
      rowOf({ key: "wrong", value: "2", change: { reason: "error" } }),
    ],
    { version: "2.0.0", supersedes: "1.0.0" },
  );

  it("gives a reason to figures that changed and say none, renamed ones among them, and to nothing else", () => {
    const { set, rows } = stateReasons(before, after, { reason: "methodology" });
    expect(rows.map(({ key, change }) => [key, change])).toEqual([
      ["kept", undefined],
      ["new", undefined],
      ["renamed", { reason: "methodology", from: "gone", note: "headings of 2022" }],
      ["value", { reason: "methodology" }],
      ["wrong", { reason: "error" }],
    ]);
    expect(set.rowsRoot).not.toBe(after.set.rowsRoot);
  });
});
