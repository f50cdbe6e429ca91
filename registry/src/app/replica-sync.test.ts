import { setTimeout as delay } from "node:timers/promises";
import { TallyError } from "@tallystick/proto";
import { describe, expect, it } from "vitest";
import type { RegistrySource } from "../ports/registry-source.ts";
import { ReplicaSync } from "./replica-sync.ts";

/** A copy whose syncs end when the test says so. */
class SlowReplica {
  begun = 0;
  atOnce = 0;
  most = 0;
  #ended = Promise.withResolvers<void>();

  async sync(): Promise<void> {
    this.begun += 1;
    this.atOnce += 1;
    this.most = Math.max(this.most, this.atOnce);
    try {
      await this.#ended.promise;
    } finally {
      this.atOnce -= 1;
    }
  }

  end(error?: Error): void {
    if (error === undefined) this.#ended.resolve();
    else this.#ended.reject(error);
    this.#ended = Promise.withResolvers<void>();
  }
}

function make() {
  const replica = new SlowReplica();
  const stop = new AbortController();
  const failures: unknown[] = [];
  const clock = { now: 0 };
  const sync = new ReplicaSync({
    replica,
    source: {} as RegistrySource,
    everyMs: 10,
    timeoutMs: 1_000,
    signal: stop.signal,
    monotonicMs: () => clock.now,
    onFailure: (error) => failures.push(error),
  });
  return { replica, stop, failures, clock, sync };
}

describe("a copy of the registry", () => {
  it("is never synced twice at once: who asks meanwhile gets the same answer", async () => {
    const { replica, sync, clock } = make();
    const first = sync.refresh();
    clock.now = 1_000;
    let second = false;
    const joined = sync.refresh().then(() => {
      second = true;
    });
    await delay(5);
    expect([replica.begun, second]).toEqual([1, false]);
    replica.end();
    await Promise.all([first, joined]);
    expect(replica.most).toBe(1);
  });

  it("asks no oftener than it may", async () => {
    const { replica, sync, clock } = make();
    for (const [now, begun] of [
      [0, 1],
      [9, 1],
      [10, 2],
    ] as const) {
      clock.now = now;
      const refreshed = sync.refresh();
      replica.end();
      await refreshed;
      expect(replica.begun).toBe(begun);
    }
  });

  it("stays good when a sync fails, and is asked for again", async () => {
    const { replica, sync, clock, failures } = make();
    const failing = sync.refresh();
    replica.end(new TallyError("PEER_UNAVAILABLE", { reason: "down" }));
    await failing;
    expect(failures).toHaveLength(1);
    clock.now = 10;
    const next = sync.refresh();
    replica.end();
    await next;
    expect(replica.begun).toBe(2);
  });

  it("is let go of when told to stop, after the sync under way", async () => {
    const { replica, sync, stop, failures } = make();
    const inStep = sync.keepInStep();
    await delay(5);
    stop.abort();
    replica.end(new TallyError("CALL_CANCELLED", { reason: "stopped" }));
    await inStep;
    expect([replica.atOnce, failures]).toEqual([0, []]);
  });
});
