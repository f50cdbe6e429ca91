import { appendBenchmark } from "./append.ts";
import type { Benchmark, BenchResult } from "./benchmark.ts";
import { bundleBenchmark } from "./bundle.ts";
import { fanoutBenchmark } from "./fanout.ts";
import { growthBenchmark } from "./growth.ts";
import { ingestBenchmark } from "./ingest.ts";
import { inventoryBenchmark } from "./inventory.ts";
import { latencyBenchmark } from "./latency.ts";
import { startupBenchmark } from "./startup.ts";

const benchmarks: readonly Benchmark[] = [
  ingestBenchmark,
  appendBenchmark,
  latencyBenchmark,
  bundleBenchmark,
  inventoryBenchmark,
  fanoutBenchmark,
  growthBenchmark,
  startupBenchmark,
];

const usage = `usage: npm run bench [-- NAME…] [--json] [--entries N]
Benchmarks: ${benchmarks.map((b) => `${b.name} (${b.title})`).join(", ")}.
Each figure stands beside a rival measured in the same run; a larger ratio is better for us.
`;

function line(result: BenchResult): string {
  const ours = `${result.what}: ${result.value} ${result.unit}`;
  return `  ${ours}\n    beside ${result.rival}: ${result.rivalValue} ${result.unit}   ratio ${result.ratio}`;
}

async function main(args: readonly string[]): Promise<number> {
  const json = args.includes("--json");
  const entriesAt = args.indexOf("--entries");
  const entries = entriesAt < 0 ? undefined : Number(args[entriesAt + 1]);
  const names = args.filter((arg, at) => !arg.startsWith("--") && (entriesAt < 0 || at !== entriesAt + 1));
  const unknown = [...names.filter((name) => !benchmarks.some((b) => b.name === name))];
  const badFlags = args.filter((arg) => arg.startsWith("--") && arg !== "--json" && arg !== "--entries");
  const badEntries = entries !== undefined && !(Number.isSafeInteger(entries) && entries >= 1);
  if (badEntries || unknown.length + badFlags.length > 0 || (json && names.length !== 1)) {
    process.stderr.write(usage);
    return 2;
  }
  for (const benchmark of benchmarks.filter((b) => names.length === 0 || names.includes(b.name))) {
    if (!json) process.stdout.write(`${benchmark.name}: ${benchmark.title}\n`);
    const results = await benchmark.run(
      (text) => process.stderr.write(`  ${text}\n`),
      entries === undefined ? {} : { entries },
    );
    if (json) process.stdout.write(`${JSON.stringify({ name: benchmark.name, results })}\n`);
    else process.stdout.write(`${results.map(line).join("\n")}\n`);
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
