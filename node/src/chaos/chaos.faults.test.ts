import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { INVARIANTS } from "./invariants/findings.ts";
import type { ChaosReport } from "./report.ts";
import { FAULT_KINDS } from "./schedule/fault.ts";

const SEED = 20_261_124;

it("keeps every invariant through a minute of every kind of fault", async () => {
  const main = fileURLToPath(new URL("../../dist/chaos/main.js", import.meta.url));
  // Where something is violated the exit code is 1, and what it says is in the failure.
  const { stdout } = await promisify(execFile)(process.execPath, [
    main,
    "--seed",
    `${SEED}`,
    "--minutes",
    "1",
    "--json",
  ]);
  const report = JSON.parse(stdout) as ChaosReport;
  expect(report).toMatchObject({ seed: SEED, minutes: 1, violations: 0 });
  for (const kind of FAULT_KINDS) {
    const { faults, skipped } = report;
    // What a machine cannot do is said.
    expect((faults[kind] ?? 0) + (skipped[kind]?.count ?? 0), kind).toBeGreaterThan(0);
  }
  expect(report.faults.kill).toBeGreaterThan(0);
  for (const invariant of INVARIANTS) expect(report.checked[invariant], invariant).toBeGreaterThan(0);
  expect(report.acknowledged.publications).toBeGreaterThan(20);
  expect(report.checkpoints).toBeGreaterThan(20);
});
