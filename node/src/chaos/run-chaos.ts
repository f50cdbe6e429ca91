import { cp, lstat, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { admitPublicKey, decodeBase64url, makeVerifierKey } from "@tallystick/proto";
import { trustedLogKey } from "@tallystick/registry";
import { readHomeIdentity } from "../app/home-identity.ts";
import { FaultRunner, waiting } from "./fault-runner.ts";
import { checkStores } from "./invariants/check-stores.ts";
import { Findings, type Violation } from "./invariants/findings.ts";
import { checkQuiescent, type QuiescenceContext, untilHealed } from "./invariants/quiescence.ts";
import { watchContinuously } from "./invariants/watch-continuously.ts";
import { LogWatch, type WatchedLog } from "./invariants/watch-logs.ts";
import { Model } from "./model/model.ts";
import { ChaosNetwork } from "./network/chaos-network.ts";
import { linkName, MEMBER_NAMES } from "./network/members.ts";
import { SeededRandom } from "./random.ts";
import type { ChaosReport } from "./report.ts";
import { planSchedule } from "./schedule/plan-schedule.ts";
import { Workload } from "./workload/workload.ts";

/** How long healing may take, on a loaded machine: far longer than it does. */
const HEAL_BOUND_MS = 240_000;
/** How long a member's work is waited for before its store is damaged. */
const REST_MS = 20_000;

export interface ChaosOptions {
  readonly seed: number;
  readonly minutes: number;
  /** An empty folder; what is to be kept of a violation is in it when this returns. */
  readonly folder: string;
  readonly tell: (text: string) => void;
  /** Ends the run early, as a success as far as it went. */
  readonly signal: AbortSignal;
}

/** Runs a network under faults, and checks that what must hold does. */
export async function runChaos({ seed, minutes, folder, tell, signal }: ChaosOptions): Promise<ChaosReport> {
  const beganAt = performance.now();
  const nowMs = (): number => performance.now() - beganAt;
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  const violated = new AbortController();
  const findings = new Findings(nowMs, ({ invariant, what }: Violation) => {
    tell(`VIOLATION of "${invariant}": ${what}`);
    violated.abort();
  });
  const schedule = planSchedule(seed, minutes);
  const random = new SeededRandom(seed);
  const model = new Model();
  let logs: LogWatch | undefined;
  const network = await ChaosNetwork.start({
    folder,
    random: () => random.fraction(),
    onSent: (link, connection, piece) => {
      if (link.to.startsWith("witness")) logs?.sent(`${linkName(link)}#${connection}`, piece, link.from);
    },
    onEnd: (name, how) => findings.violate("crash", `${name} ended by itself: ${how}`),
  });
  let context: QuiescenceContext | undefined;
  let longestHealMs = 0;
  const faultsUntil = AbortSignal.any([until, violated.signal]);
  let workload: Workload | undefined;
  const runner = new FaultRunner(
    {
      network,
      signal: faultsUntil,
      wait: waiting(faultsUntil),
      tell,
      check: (holds, what) => findings.check("store", holds, what),
      rest: async (member) => {
        const workers = workload?.of(member) ?? [];
        for (const worker of workers) worker.rest();
        const end = nowMs() + REST_MS;
        const wait = waiting(faultsUntil);
        while (nowMs() < end && !faultsUntil.aborted && workers.some(({ isIdle }) => !isIdle)) await wait(50);
        return {
          isIdle: workers.every(({ isIdle }) => isIdle),
          resume: () => {
            for (const worker of workers) worker.resume();
          },
        };
      },
    },
    nowMs,
  );
  try {
    logs = new LogWatch(await watchedLogs(network), findings, (notes) => keepNotes(folder, notes));
    context = { network, model, logs, findings, isDamaged: (name) => network.process(name).isDamaged };
    workload = await Workload.open({
      seed,
      network,
      model,
      violation: (invariant, what) => findings.violate(invariant, what),
      signal: until,
    });
    const watching = watchContinuously(context, until);
    const heal = async (): Promise<void> => {
      const from = nowMs();
      const end = from + HEAL_BOUND_MS;
      const wait = waiting(until);
      while (workload !== undefined && workload.asking.length > 0 && nowMs() < end && !until.aborted) await wait(100);
      const unanswered = workload?.asking ?? [];
      findings.check("heal", unanswered.length === 0, () => `not acknowledged in time: ${unanswered.join("; ")}`);
      const missing = await untilHealed(context as QuiescenceContext, Math.max(0, end - nowMs()));
      findings.check("heal", missing.length === 0, () => `not healed in time: ${missing.join("; ")}`);
      longestHealMs = Math.max(longestHealMs, nowMs() - from);
      if (missing.length === 0) await checkQuiescent(context as QuiescenceContext);
    };
    await heal();
    tell(`the network is up: ${(nowMs() / 1000).toFixed(1)} s`);
    for (const [number, round] of schedule.rounds.entries()) {
      if (faultsUntil.aborted) break;
      workload.resume();
      await runner.run(round, number);
      workload.rest();
      if (faultsUntil.aborted) break;
      await heal();
      const { publications, agreements, lines } = model.counts;
      tell(
        `round ${number + 1} of ${schedule.rounds.length}: ${round.faults.length} faults; ${publications} publications, ${agreements} agreements, ${lines} lines; ${findings.violations.length} violations; ${(nowMs() / 1000).toFixed(0)} s`,
      );
    }
    stop.abort();
    await Promise.all([watching, workload.ended()]);
    await network.stop();
    if (findings.violations.length === 0 && !signal.aborted) await checkStores(context);
  } finally {
    stop.abort();
    await network.stop();
    if (findings.violations.length > 0) {
      await mkdir(join(folder, "kept"), { recursive: true });
      await cp(join(folder, "disks"), join(folder, "kept", "disks"), {
        recursive: true,
        filter: async (path) => !(await lstat(path)).isSocket(),
      });
      await writeFile(
        join(folder, "kept", "applied.json"),
        JSON.stringify({ seed, minutes, applied: runner.applied, found: findings.violations }, null, 2),
      );
    }
    await network.disks.remove();
  }
  return {
    seed,
    minutes,
    ...runner.counts,
    checked: findings.checked,
    violations: findings.violations.length,
    acknowledged: model.counts,
    checkpoints: logs.logs.reduce((sum, { origin }) => sum + (logs?.history(origin).checkpoints ?? 0), 0),
    longestHealMs: Math.round(longestHealMs),
    ...(findings.violations.length === 0 ? {} : { found: findings.violations, kept: folder }),
  };
}

async function watchedLogs(network: ChaosNetwork): Promise<WatchedLog[]> {
  const members = MEMBER_NAMES.map(async (name): Promise<WatchedLog> => {
    const { origin, firstEvent } = await readHomeIdentity(network.homeOf(name));
    if (firstEvent === undefined) throw new TypeError("a folder that was just made has its join request");
    const key = makeVerifierKey(origin, "ed25519", admitPublicKey(decodeBase64url(firstEvent.keys.checkpoint)));
    return { origin, key, server: name, port: () => network.process(name).port("http") };
  });
  const registry = Object.values(network.trust.logs).map((log): WatchedLog => {
    const port = (): number | undefined => network.process("registry").port("http");
    return { origin: log.origin, key: trustedLogKey(log), server: "registry", port };
  });
  return [...(await Promise.all(members)), ...registry];
}

async function keepNotes(folder: string, notes: readonly string[]): Promise<void> {
  await mkdir(join(folder, "kept"), { recursive: true });
  await Promise.all(notes.map((note, at) => writeFile(join(folder, "kept", `fork-${Date.now()}-${at}.note`), note)));
}
