import { footprintFiles } from "../model/footprint-file.ts";
import type { Model } from "../model/model.ts";
import { untilAcknowledged } from "../network/ask-member.ts";
import type { ChaosNetwork } from "../network/chaos-network.ts";
import { BUYERS, linkName, SUPPLIERS } from "../network/members.ts";
import { SeededRandom } from "../random.ts";
import { agreementWork } from "./agreement-work.ts";
import { buyerWork } from "./buyer-work.ts";
import { supplierWork } from "./supplier-work.ts";
import type { WorkContext } from "./work-context.ts";
import { Worker } from "./worker.ts";

export interface WorkloadOptions {
  readonly seed: number;
  readonly network: ChaosNetwork;
  readonly model: Model;
  readonly violation: (invariant: "lost", what: string) => void;
  readonly signal: AbortSignal;
}

/** Everything that members are asked to do: one worker for each supplier, each buyer, and the agreements. */
export class Workload {
  readonly #workers: readonly Worker[];
  /** By worker: what it asks for now, and why it has no acknowledgement yet. */
  readonly #asking = new Map<string, string>();

  private constructor(options: WorkloadOptions, context: Omit<WorkContext, "acknowledge">) {
    const { seed, signal, network } = options;
    const random = new SeededRandom(seed);
    const worker = (
      name: string,
      work: (context: WorkContext, random: SeededRandom) => ReturnType<typeof supplierWork>,
      pauseMs: readonly [number, number],
    ): Worker => {
      const own = new SeededRandom(random.seed());
      const pauses = new SeededRandom(random.seed());
      const acknowledge: WorkContext["acknowledge"] = async (member, what, until, question) => {
        this.#asking.set(name, `${what} at ${member}`);
        const answer = await untilAcknowledged(network.homeOf(member), question, until, (code) => {
          this.#asking.set(name, `${what} at ${member}: ${code}`);
        });
        this.#asking.delete(name);
        return answer;
      };
      return new Worker(name, work({ ...context, acknowledge }, own), () => pauses.int(...pauseMs), signal);
    };
    this.#workers = [
      ...SUPPLIERS.map((name) => worker(name, (one, own) => supplierWork(name, one, own), [100, 1_200])),
      ...BUYERS.map((name) => worker(name, (one, own) => buyerWork(name, one, own), [300, 2_500])),
      worker("agreements", agreementWork, [1_000, 6_000]),
    ];
  }

  static async open(options: WorkloadOptions): Promise<Workload> {
    const { network, model, violation } = options;
    return new Workload(options, {
      model,
      violation,
      files: await footprintFiles(),
      homeOf: (name) => network.homeOf(name),
      addressOf: (from, to) => network.proxy(linkName({ from, to })).address,
    });
  }

  resume(): void {
    for (const worker of this.#workers) worker.resume();
  }

  rest(): void {
    for (const worker of this.#workers) worker.rest();
  }

  /** The workers that ask something of that member. */
  of(member: string): readonly Worker[] {
    return this.#workers.filter(({ name }) => name === member || name === "agreements");
  }

  /** What is asked for and not acknowledged. */
  get asking(): readonly string[] {
    return this.#workers.flatMap(({ name, isIdle }) => (isIdle ? [] : [this.#asking.get(name) ?? name]));
  }

  /** Resolves when the signal has ended every worker. */
  async ended(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.ended()));
  }
}
