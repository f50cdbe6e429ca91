import { appendBenchmark } from "./append.ts";
import type { Benchmark, BenchResult } from "./benchmark.ts";
import { bundleBenchmark } from "./bundle.ts";
import { ingestBenchmark } from "./ingest.ts";
import { inventoryBenchmark } from "./inventory.ts";
import { latencyBenchmark } from "./latency.ts";

const benchmarks: readonly Benchmark[] = [
  ingestBenchmark,
  appendBenchmark,
  latencyBenchmark,
  bundleBenchmark,
  inventoryBenchmark,
];

const usage = `usage: npm run bench [-- NAME…] [--json]
Benchmarks: ${benchmarks.map((b) => `${b.name} (${b.title})`).join(", ")}.
Each figure stands beside a rival measured in the same run; a larger ratio is better for us.
`;

function line(result: BenchResult): string {
  const ours = `${result.what}: ${result.value} ${result.unit}`;
  return `  ${ours}\n    beside ${result.rival}: ${result.rivalValue} ${result.unit}   ratio ${result.ratio}`;
}

async function main(args: readonly string[]): Promise<number> {
  const json = args.includes("--json");
  const names = args.filter((arg) => !arg.startsWith("--"));
  const unknown = [...names.filter((name) => !benchmarks.some((b) => b.name === name))];
  const badFlags = args.filter((arg) => arg.startsWith("--") && arg !== "--json");
  if (unknown.length + badFlags.length > 0 || (json && names.length !== 1)) {
    process.stderr.write(usage);
    return 2;
  }
  for (const benchmark of benchmarks.filter((b) => names.length === 0 || names.includes(b.name))) {
    if (!json) process.stdout.write(`${benchmark.name}: ${benchmark.title}\n`);
    const results = await benchmark.run((text) => process.stderr.write(`  ${text}\n`));
    if (json) process.stdout.write(`${JSON.stringify({ name: benchmark.name, results })}\n`);
    else process.stdout.write(`${results.map(line).join("\n")}\n`);
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
