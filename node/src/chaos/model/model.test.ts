import { expect, it } from "vitest";
import { kilograms } from "./footprint-file.ts";
import { Model, type ModelLine } from "./model.ts";

const stated = (productId: string, milliKg: number) => ({ productId, milliKg, inputs: [] });
const answer = (...published: { productId: string; index: number; leaf: string }[]) => ({
  published: published.map((one) => ({ ...one, unchanged: false })),
  deliveries: 0,
  warnings: [],
});
const line = (more: Partial<ModelLine> = {}): ModelLine => ({
  supplier: "smelter",
  productId: "a",
  asked: [2],
  pieces: 2,
  retracting: false,
  retracted: false,
  ...more,
});

it("adds up what was acknowledged and agreed, exactly", () => {
  const model = new Model();
  model.lines("pumps").set("L-1", line());
  model.lines("pumps").set("L-2", line({ productId: "b" }));
  model.lines("pumps").set("L-3", line({ pieces: undefined }));
  model.lines("pumps").set("L-4", line({ retracting: true, retracted: true }));
  const acknowledge = model.publishing("smelter", [stated("a", 1_001)]);
  model.agreed("pumps", "smelter");
  expect(model.totalNanoKg("pumps")).toBe(0n);
  acknowledge(answer({ productId: "a", index: 0, leaf: "x" }));
  expect(model.totalNanoKg("pumps")).toBe(2_002_000_000n);
  model.publishing("smelter", [stated("a", 5)])(answer({ productId: "a", index: 2, leaf: "y" }));
  expect(model.totalNanoKg("pumps")).toBe(10_000_000n);
  expect(model.totalNanoKg("valves")).toBe(0n);
  expect(model.heldLines("pumps")).toBe(2);
});

it("owes a buyer what came after they agreed, and of before what is live", () => {
  const model = new Model();
  model.publishing("smelter", [stated("a", 1), stated("b", 1)])(
    answer({ productId: "a", index: 0, leaf: "x" }, { productId: "b", index: 1, leaf: "y" }),
  );
  expect(model.owed("pumps", "smelter")).toEqual([]);
  model.agreed("pumps", "smelter");
  model.publishing("smelter", [stated("a", 2)])(answer({ productId: "a", index: 3, leaf: "z" }));
  model.publishing("smelter", [stated("a", 3)])(answer({ productId: "a", index: 5, leaf: "w" }));
  expect(model.owed("pumps", "smelter").map(({ index }) => index)).toEqual([1, 3, 5]);
});

it("lets a line stand at what was asked for, times what its entry states, and at nothing else", () => {
  const model = new Model();
  model.lines("pumps").set("L-1", line({ asked: [2, 3] }));
  model.publishing("smelter", [stated("a", 7)])(answer({ productId: "a", index: 0, leaf: "x" }));
  model.publishing("smelter", [stated("a", 11)]);
  const may = (milli: bigint, index: number): boolean =>
    model.mayStandAt("pumps", "L-1", milli * 1_000_000n, "smelter", index);
  expect([may(14n, 0), may(21n, 0), may(22n, 0), may(22n, 4), may(33n, 4), may(15n, 4)]).toEqual([
    true,
    true,
    false,
    true,
    true,
    false,
  ]);
  expect(model.mayStandAt("pumps", "L-9", 14_000_000n, "smelter", 0)).toBe(false);
  expect(model.mayStandAt("pumps", "L-1", 14_000_000n, "casting", 0)).toBe(false);
});

it("writes thousandths as decimals", () => {
  expect([0, 5, 1_000, 12_345].map(kilograms)).toEqual(["0.000", "0.005", "1.000", "12.345"]);
});
