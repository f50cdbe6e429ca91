import { expect, it } from "vitest";
import { LINKS, linkName, linksAcross } from "../network/members.ts";
import { FAULT_KINDS } from "./fault.ts";
import { planSchedule } from "./plan-schedule.ts";

it("depends on seed and minutes alone", () => {
  expect(planSchedule(7, 3)).toEqual(planSchedule(7, 3));
  expect(planSchedule(8, 3)).not.toEqual(planSchedule(7, 3));
  expect(planSchedule(7, 5).rounds.slice(0, 2)).toEqual(planSchedule(7, 3).rounds.slice(0, 2));
});

it("has every kind of fault in every whole round, and none beyond its end", () => {
  for (let seed = 0; seed < 50; seed++) {
    const { rounds } = planSchedule(seed, 2.25);
    expect(rounds.map(({ lengthMs }) => lengthMs)).toEqual([60_000, 60_000, 15_000]);
    for (const { lengthMs, faults } of rounds) {
      if (lengthMs === 60_000) expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
      for (const { atMs, durationMs } of faults) expect(atMs + durationMs).toBeLessThanOrEqual(lengthMs);
      const begins = faults.map(({ atMs }) => atMs);
      expect(begins).toEqual([...begins].sort((a, b) => a - b));
    }
  }
});

it("keeps any two clocks within the tolerance for dates", () => {
  const offsets = planSchedule(3, 60).rounds.flatMap(({ faults }) =>
    faults.flatMap((fault) => (fault.kind === "clock-skew" ? [fault.offsetSeconds] : [])),
  );
  expect(Math.max(...offsets) - Math.min(...offsets)).toBeLessThan(300);
});

it("cuts exactly the links between the two sides", () => {
  expect(linksAcross(["smelter"]).map(linkName)).toEqual(
    LINKS.filter(({ from, to }) => (from === "smelter") !== (to === "smelter")).map(linkName),
  );
  expect(linksAcross([])).toEqual([]);
});
