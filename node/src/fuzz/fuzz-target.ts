import { isTallyError } from "@tallystick/proto";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { Coverage } from "./coverage.ts";
import { mutate } from "./mutate.ts";
import type { Target } from "./target.ts";

/** Inputs between two looks at what was reached. */
const BATCH = 64;
const MAX_CORPUS = 2_048;
/** A target with so many is not fed any more. */
const MAX_FINDINGS = 16;
/** An input that keeps a decoder this long would keep a node's one thread as long. */
const SLOW_MS = 1_000;

/** An input that a decoder did with what it never should. */
export interface FuzzFinding {
  readonly target: string;
  /** base64 */
  readonly input: string;
  readonly problem: string;
}

/** What came of one target's inputs. */
export interface TargetReport {
  readonly target: string;
  readonly inputs: number;
  readonly accepted: number;
  readonly refused: number;
  /** Inputs that reached something new, with the seeds. */
  readonly corpus: number;
  /** Statements and ways of branches that its inputs reached, beyond what loading the code runs. */
  readonly reached: number;
  readonly slowestMs: number;
  readonly findings: readonly FuzzFinding[];
}

/**
 * Feeds a decoder mutations of its seeds and, coverage-guided, of whatever reached code that nothing had reached before. Without
 * instrumentation (see instrument.ts) the seeds alone are mutated. The same seed gives the same inputs.
 *
 * @param inputs how many
 */
export async function fuzzTarget(target: Target, inputs: number, seed: number): Promise<TargetReport> {
  const random = xoroshiro128plus(seed);
  const coverage = new Coverage();
  const corpus = [...target.seeds];
  const findings: FuzzFinding[] = [];
  const pick = (): Uint8Array => corpus[uniformInt(random, 0, corpus.length - 1)] ?? new Uint8Array();
  let accepted = 0;
  let slowestMs = 0;

  const run = async (input: Uint8Array): Promise<void> => {
    const start = performance.now();
    const problem = await tryOne(target, input, () => {
      accepted += 1;
    });
    const tookMs = performance.now() - start;
    slowestMs = Math.max(slowestMs, tookMs);
    const found = problem ?? (tookMs > SLOW_MS ? `took ${Math.round(tookMs)} ms` : undefined);
    if (found === undefined) return;
    findings.push({ target: target.name, input: Buffer.from(input).toString("base64"), problem: found });
  };

  // Loading the code runs much of it: only what an input reaches is news.
  coverage.news(true);
  coverage.forget();
  for (const input of target.seeds) await run(input);
  if (accepted < target.seeds.length) {
    const problem = `only ${accepted} of ${target.seeds.length} seeds are accepted`;
    findings.push({ target: target.name, input: "", problem });
  }
  let reached = coverage.news(true);
  for (let done = target.seeds.length; done < inputs && findings.length < MAX_FINDINGS; ) {
    const batch = Array.from({ length: Math.min(BATCH, inputs - done) }, () =>
      mutate(target.shape, pick(), pick(), random),
    );
    for (const input of batch) await run(input);
    done += batch.length;
    if (coverage.news(false) === 0) continue;
    // Which of them it was, a second run of each shows.
    for (const input of batch) {
      coverage.forget();
      await tryOne(target, input, () => {});
      const news = coverage.news(true);
      reached += news;
      if (news > 0 && corpus.length < MAX_CORPUS) corpus.push(input);
    }
  }
  const ran = Math.max(inputs, target.seeds.length);
  return {
    target: target.name,
    inputs: ran,
    accepted,
    refused: ran - accepted,
    corpus: corpus.length,
    reached,
    slowestMs: Math.round(slowestMs),
    findings,
  };
}

/** What is wrong with what the decoder did, if anything is. */
async function tryOne(target: Target, input: Uint8Array, onAccepted: () => void): Promise<string | undefined> {
  let canonical: unknown;
  try {
    canonical = target.decode(input);
    if (canonical instanceof Promise) canonical = await canonical;
  } catch (error) {
    return isTallyError(error) ? undefined : `threw ${String((error as Error)?.stack ?? error).slice(0, 1_000)}`;
  }
  onAccepted();
  if (!(canonical instanceof Uint8Array) || Buffer.compare(canonical, input) === 0) return undefined;
  return "accepted what is not its own form";
}
