import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Steps } from "../core/steps.ts";
import { inTurns } from "./in-turns.ts";

it("lets others have their turn between the steps of a computation", async () => {
  const seen: string[] = [];
  const steps = function* (): Steps<string> {
    for (const step of ["one", "two", "three"]) {
      seen.push(step);
      yield;
    }
    return "done";
  };
  const other = async (): Promise<void> => {
    for (let turn = 0; turn < 2; turn++) {
      await setImmediate();
      seen.push("other");
    }
  };
  const [result] = await Promise.all([inTurns(steps()), other()]);
  expect(result).toBe("done");
  expect(seen.indexOf("other")).toBeGreaterThan(seen.indexOf("one"));
  expect(seen.indexOf("other")).toBeLessThan(seen.indexOf("three"));
});

it("fails as the computation fails", async () => {
  const steps = function* (): Steps<void> {
    yield;
    throw new RangeError("no more");
  };
  await expect(inTurns(steps())).rejects.toThrow("no more");
});
