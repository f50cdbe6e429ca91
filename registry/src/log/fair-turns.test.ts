import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FairTurns } from "./fair-turns.ts";

/** Lets everything that can go on go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("turns", () => {
  it("are taken by holders one after another, however much one of them wants [STR-5]", async () => {
    const turns = new FairTurns(1);
    const done: string[] = [];
    const want = (holder: string, count: number): Promise<void>[] =>
      Array.from({ length: count }, (_, n) => turns.take(holder, async () => void done.push(`${holder}${n}`)));
    await Promise.all([...want("greedy", 50), ...want("modest", 3), ...want("other", 2)]);
    // Each modest holder has its turns among the first; the greedy one had one before they came.
    expect(done.slice(0, 8)).toEqual([
      "greedy0",
      ...["greedy1", "modest0", "other0"],
      ...["greedy2", "modest1", "other1"],
      "greedy3",
    ]);
    expect(done.length).toBe(55);
  });

  it("are never more at a time than there are, and each is taken, also after one that failed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.boolean()), { maxLength: 30 }),
        async (most, wanted) => {
          const turns = new FairTurns(most);
          let underWay = 0;
          let highest = 0;
          const outcomes = await Promise.all(
            wanted.map(([holder, fails]) =>
              turns
                .take(holder, async () => {
                  underWay += 1;
                  highest = Math.max(highest, underWay);
                  await settle();
                  underWay -= 1;
                  if (fails) throw new Error("as asked");
                  return "done";
                })
                .catch(() => "failed"),
            ),
          );
          expect(outcomes).toEqual(wanted.map(([, fails]) => (fails ? "failed" : "done")));
          expect(highest).toBeLessThanOrEqual(most);
          expect(await turns.take("last", async () => "done")).toBe("done");
        },
      ),
      { numRuns: 30 },
    );
  });
});
