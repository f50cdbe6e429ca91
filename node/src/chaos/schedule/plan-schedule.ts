import { LINKS, linkName, MEMBER_NAMES, PROCESSES, type ProcessName } from "../network/members.ts";
import { SeededRandom } from "../random.ts";
import { FAULT_KINDS, type FaultKind, type PlannedFault, type Round, type Schedule } from "./fault.ts";

const ROUND_MS = 60_000;
/** A fault begins this often, on average. */
const INTERVAL_MS = 1_500;
/** The last stretch of a round, in which no fault begins. */
const TAIL_MS = 3_000;
/** How far a clock may be off (docs/threat-model.md): two clocks then differ by less than the tolerance for dates. */
const MAX_SKEW_SECONDS = 140;
/** Faults that take a store down and up again, with a check of all that is in it: rarer than the others. */
const HEAVY: ReadonlySet<FaultKind> = new Set(["corrupted-store"]);
/** A witness has no backup: one whose store is damaged is replaced by a new one under another key. */
const CORRUPTIBLE: readonly ProcessName[] = ["registry", ...MEMBER_NAMES];

/**
 * Plans which faults come when, to whom. Pure: depends on the seed and the minutes alone. Each round has every kind at least once, as far
 * as its length has room.
 */
export function planSchedule(seed: number, minutes: number): Schedule {
  const random = new SeededRandom(seed);
  const rounds: Round[] = [];
  for (let leftMs = Math.round(minutes * 60_000); leftMs > 0; leftMs -= ROUND_MS) {
    rounds.push(planRound(Math.min(ROUND_MS, leftMs), random));
  }
  return { seed, rounds };
}

function planRound(lengthMs: number, random: SeededRandom): Round {
  const faults: PlannedFault[] = [];
  const lastMs = Math.max(0, lengthMs - TAIL_MS);
  let bag: FaultKind[] = [];
  let cycles = 0;
  for (
    let atMs = random.int(0, INTERVAL_MS);
    atMs <= lastMs;
    atMs += random.int(INTERVAL_MS / 3, (INTERVAL_MS * 5) / 3)
  ) {
    if (bag.length === 0) {
      bag = random.shuffle(FAULT_KINDS.filter((kind) => cycles === 0 || !HEAVY.has(kind)));
      cycles += 1;
    }
    const kind = bag.pop() as FaultKind;
    faults.push(planFault(kind, atMs, Math.max(1_000, lengthMs - atMs), random));
  }
  return { lengthMs, faults };
}

function planFault(kind: FaultKind, atMs: number, leftMs: number, random: SeededRandom): PlannedFault {
  const lasting = (min: number, max: number): number => Math.min(random.int(min, max), leftMs);
  const base = { atMs, seed: random.seed() };
  const target = random.pick(PROCESSES);
  switch (kind) {
    case "kill":
      return { kind, ...base, target, durationMs: lasting(0, 3_000) };
    case "pause":
      return { kind, ...base, target, durationMs: lasting(300, 8_000) };
    case "full-disk":
      return { kind, ...base, target, durationMs: lasting(2_000, 8_000), spareBytes: random.int(0, 64) * 1_024 };
    case "torn-write":
      return { kind, ...base, target, durationMs: lasting(0, 2_000), tear: random.pick(["cut", "zeros"]) };
    case "clock-skew": {
      const offsetSeconds = random.int(-MAX_SKEW_SECONDS, MAX_SKEW_SECONDS);
      return { kind, ...base, target, durationMs: lasting(3_000, 15_000), offsetSeconds };
    }
    case "partition": {
      const side = random.shuffle(PROCESSES).slice(0, random.int(1, Math.floor(PROCESSES.length / 2)));
      return { kind, ...base, side, durationMs: lasting(1_000, 12_000), mode: random.pick(["silent", "reset"]) };
    }
    case "slow-link":
      return {
        kind,
        ...base,
        links: someLinks(random, 12),
        durationMs: lasting(3_000, 12_000),
        latencyMs: random.int(20, 800),
        bytesPerSecond: random.int(4, 400) * 1_024,
      };
    case "reorder":
      return {
        kind,
        ...base,
        links: someLinks(random, 20),
        durationMs: lasting(2_000, 10_000),
        spreadMs: random.int(100, 2_000),
      };
    case "duplicate":
      return { kind, ...base, links: someLinks(random, 8), durationMs: 0 };
    case "corrupted-store":
      return {
        kind,
        ...base,
        target: random.pick(CORRUPTIBLE),
        durationMs: lasting(1_000, 3_000),
        flips: random.int(1, 64),
      };
  }
}

function someLinks(random: SeededRandom, most: number): string[] {
  return random.shuffle(LINKS.map(linkName)).slice(0, random.int(1, most));
}
