import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { COUNTERS } from "./coverage.ts";
import { fuzzTarget, type TargetReport } from "./fuzz-target.ts";
import { shareInputs } from "./share-inputs.ts";
import { TARGETS } from "./targets/all.ts";

const USAGE = `usage: npm run fuzz [-- --inputs N] [--seed N] [--target NAME]… [--keep DIR] [--json]

Feeds every decoder with mutations of what it accepts, guided by the code that they reach: N inputs in all (default 1000000), the same for
the same seed (default 1). A decoder may refuse an input with a typed error, and nothing else; what it accepts has one form; a
verifier takes nothing but what is genuine. Exits with 1 on a finding, and --keep writes its input to a file.

targets: ${TARGETS.map(({ name }) => name).join(", ")}
`;

const natural = (text: string, name: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} is a whole number from 1 on`);
  return value;
};

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      inputs: { type: "string", default: "1000000" },
      seed: { type: "string", default: "1" },
      target: { type: "string", multiple: true, default: [] },
      keep: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const inputs = natural(values.inputs, "inputs");
  const seed = natural(values.seed, "seed");
  const unknown = values.target.find((name) => !TARGETS.some((target) => target.name === name));
  if (unknown !== undefined) throw new Error(`no target is called "${unknown}"`);
  const targets = TARGETS.filter(({ name }) => values.target.length === 0 || values.target.includes(name));
  const shares = shareInputs(targets, inputs);
  const guided = COUNTERS in globalThis;
  const start = performance.now();
  const reports: TargetReport[] = [];
  for (const [at, target] of targets.entries()) {
    const report = await fuzzTarget(target, shares[at] as number, seed + at);
    reports.push(report);
    process.stderr.write(`${line(report)}\n`);
  }
  const findings = reports.flatMap((report) => report.findings);
  if (values.keep !== undefined) await keep(values.keep, findings);
  const total = reports.reduce((sum, report) => sum + report.inputs, 0);
  const seconds = Math.round((performance.now() - start) / 100) / 10;
  if (values.json)
    process.stdout.write(`${JSON.stringify({ seed, inputs: total, guided, seconds, targets: reports })}\n`);
  else process.stdout.write(`${total} inputs in ${seconds} s, ${findings.length} findings\n`);
  for (const { target, problem, input } of findings)
    process.stderr.write(`FINDING ${target}: ${problem}\n  ${input.slice(0, 400)}\n`);
  return findings.length === 0 ? 0 : 1;
}

const line = ({ target, inputs, accepted, corpus, reached, slowestMs, findings }: TargetReport): string =>
  `${target}: ${inputs} inputs, ${accepted} accepted, corpus ${corpus}, reached ${reached}, slowest ${slowestMs} ms, ${findings.length} findings`;

async function keep(folder: string, findings: TargetReport["findings"]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [at, { target, input }] of findings.entries()) {
    await writeFile(join(folder, `${target.replaceAll(/[^a-z0-9]+/gi, "-")}-${at}`), Buffer.from(input, "base64"));
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
  process.exitCode = 2;
}
