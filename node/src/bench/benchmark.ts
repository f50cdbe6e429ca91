/** One figure beside what it is compared with, measured in the same run. A larger ratio is better for us. */
export interface BenchResult {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly rival: string;
  readonly rivalValue: number;
  readonly ratio: number;
}

export interface BenchOptions {
  /** How many log entries, where the benchmark lets one choose. */
  readonly entries?: number;
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  run(progress: (text: string) => void, options: BenchOptions): Promise<readonly BenchResult[]>;
}

/** Pairs a rate (more is better) with its rival's. */
export function rate(what: string, value: number, rival: string, rivalValue: number, unit = "/s"): BenchResult {
  return { what, value: round(value), unit, rival, rivalValue: round(rivalValue), ratio: round(value / rivalValue) };
}

/** Pairs a duration (less is better) with its rival's. */
export function duration(what: string, value: number, rival: string, rivalValue: number, unit = "ms"): BenchResult {
  return { what, value: round(value), unit, rival, rivalValue: round(rivalValue), ratio: round(rivalValue / value) };
}

const round = (value: number): number => Number(value.toPrecision(4));

/** The p-th percentile (0..100) of the samples, by nearest rank. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)];
  if (value === undefined) throw new TypeError("no samples");
  return value;
}
