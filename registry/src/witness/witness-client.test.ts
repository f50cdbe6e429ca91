import { formatVerifierKey, makeVerifierKey, parseNote, privateKeyFromSeed } from "@tallystick/proto";
import { beforeEach, describe, expect, it } from "vitest";
import { openMemoryStore } from "../adapters/memory/memory-store.ts";
import { openLog } from "../log/open-log.ts";
import type { TiledLog } from "../log/tiled-log.ts";
import { keepCosigned, retryDelayMs } from "./keep-cosigned.ts";
import { WitnessService } from "./witness.ts";
import { WitnessClient } from "./witness-client.ts";

const origin = "log.example/feed";
const key = privateKeyFromSeed(new Uint8Array(32).fill(1));
const logKey = makeVerifierKey(origin, "ed25519", key.publicKey);
const leavesOf = (from: number, to: number): Uint8Array[] =>
  Array.from({ length: to - from }, (_, at) => new TextEncoder().encode(`leaf ${from + at}`));

let log: TiledLog;
beforeEach(async () => {
  log = await openLog({ origin, key, store: openMemoryStore(), prefix: "log" });
  await log.guard([]);
});

function witnessService(name: string): WitnessService {
  return new WitnessService({
    name,
    key: privateKeyFromSeed(new Uint8Array(32).fill(name.length)),
    store: openMemoryStore(),
    prefix: "witness",
    keysOf: () => [logKey],
    now: () => 1_700_000_000,
  });
}

/** A fetch that ends at the service; `answer` may come between. Counts the requests. */
function clientOf(
  service: WitnessService,
  answer?: (request: number, body: string) => Promise<Response | undefined>,
): { client: WitnessClient; requests: string[] } {
  const requests: string[] = [];
  const fetchStub: typeof fetch = async (url, init) => {
    expect(url).toBe("http://witness.example/w/add-checkpoint");
    expect(init?.method).toBe("POST");
    const body = String(init?.body);
    requests.push(body.slice(0, body.indexOf("\n")));
    const instead = await answer?.(requests.length, body);
    if (instead !== undefined) return instead;
    const { status, body: text, contentType } = await service.addCheckpoint(body);
    return new Response(text, { status, headers: { "content-type": contentType } });
  };
  const vkey = formatVerifierKey(service.verifierKey);
  const address = { name: service.verifierKey.name, url: "http://witness.example/w/", vkey };
  return { client: new WitnessClient(address, { fetch: fetchStub }), requests };
}

const names = (note: string): string[] => parseNote(note).signatures.map(({ name }) => name);

describe("WitnessClient", () => {
  it("has the log cosigned and remembers how far the witness is", async () => {
    const { client, requests } = clientOf(witnessService("w.example"));
    await log.append(leavesOf(0, 3));
    expect(await client.cosign(log)).toMatchObject({ size: 3, timeUnix: 1_700_000_000 });
    await log.append(leavesOf(3, 300));
    await client.cosign(log);
    await client.cosign(log);
    expect(requests).toEqual(["old 0", "old 3", "old 300"]);
    expect(names(log.checkpoint())).toEqual([origin, "w.example"]);
    expect(log.finalCheckpoint()).toBe(log.checkpoint());
  });

  it("goes on from the size that a witness holds after 409", async () => {
    const service = witnessService("w.example");
    await log.append(leavesOf(0, 3));
    await clientOf(service).client.cosign(log);
    await log.append(leavesOf(3, 8));
    const { client, requests } = clientOf(service);
    expect(await client.cosign(log)).toMatchObject({ size: 8 });
    expect(requests).toEqual(["old 0", "old 3"]);
  });

  it("reports a witness that knows a larger size: LOG_BEHIND [LOG-4]", async () => {
    const service = witnessService("w.example");
    const twin = await openLog({ origin, key, store: openMemoryStore(), prefix: "log" });
    await twin.guard([]);
    await twin.append(leavesOf(0, 9));
    await clientOf(service).client.cosign(twin);
    await log.append(leavesOf(0, 3));
    const attempt = clientOf(service).client.cosign(log);
    await expect(attempt).rejects.toMatchObject({ code: "LOG_BEHIND", details: { localSize: 3, knownSize: 9 } });
  });

  it("reports a witness that knows another root: LOG_FORKED", async () => {
    const service = witnessService("w.example");
    const twin = await openLog({ origin, key, store: openMemoryStore(), prefix: "log" });
    await twin.guard([]);
    await twin.append(leavesOf(50, 53));
    await clientOf(service).client.cosign(twin);
    await log.append(leavesOf(0, 3));
    const attempt = clientOf(service).client.cosign(log);
    await expect(attempt).rejects.toMatchObject({ code: "LOG_FORKED", details: { treeSize: 3 } });
  });

  it("refuses answers that no witness should give: WITNESS_REFUSED", async () => {
    const service = witnessService("w.example");
    const other = witnessService("another.example");
    await log.append(leavesOf(0, 3));
    const answers = [
      new Response("no\nsecond line", { status: 404 }),
      new Response("", { status: 200 }),
      new Response("— w.example AAAA\n", { status: 200 }),
      new Response("0\n", { status: 409 }),
      new Response("three\n", { status: 409 }),
      new Response("03\n", { status: 409 }),
    ];
    for (const response of answers) {
      const { client } = clientOf(service, async () => response);
      const attempt = client.cosign(log);
      await expect(attempt).rejects.toMatchObject({ code: "WITNESS_REFUSED", details: { status: response.status } });
    }
    const { client } = clientOf(service, async (_, body) => new Response((await other.addCheckpoint(body)).body));
    await expect(client.cosign(log)).rejects.toMatchObject({ code: "WITNESS_REFUSED" });
    expect(names(log.checkpoint())).toEqual([origin]);
  });

  it("gives up a witness that answers 409 with ever other sizes", async () => {
    await log.append(leavesOf(0, 20));
    const { client, requests } = clientOf(
      witnessService("w.example"),
      async (request) => new Response(`${request}\n`, { status: 409 }),
    );
    await expect(client.cosign(log)).rejects.toMatchObject({ code: "WITNESS_REFUSED", details: { status: 409 } });
    expect(requests).toHaveLength(5);
  });

  it("reports a witness that is down, slow or endless: WITNESS_UNREACHABLE", async () => {
    const service = witnessService("w.example");
    const refused = clientOf(service, () => Promise.reject(new TypeError("fetch failed")));
    await expect(refused.client.cosign(log)).rejects.toMatchObject({ code: "WITNESS_UNREACHABLE" });
    const endless = clientOf(service, async () => new Response("x".repeat(100_000)));
    await expect(endless.client.cosign(log)).rejects.toMatchObject({ code: "WITNESS_UNREACHABLE" });
    const slow = new WitnessClient(
      { name: "w.example", url: "http://w.example", vkey: formatVerifierKey(service.verifierKey) },
      {
        timeoutMs: 1,
        fetch: (_, init) =>
          new Promise((_resolve, reject) => {
            init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
          }),
      },
    );
    await expect(slow.cosign(log)).rejects.toMatchObject({ code: "WITNESS_UNREACHABLE" });
  });
});

/** A clock that only its test moves. */
class ManualClock {
  readonly #sleepers = new Set<{ readonly timeMs: number; readonly wake: () => void }>();

  readonly sleep = (timeMs: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const sleeper = { timeMs, wake: () => this.#wake(sleeper, resolve) };
      this.#sleepers.add(sleeper);
      if (signal.aborted) sleeper.wake();
      else signal.addEventListener("abort", sleeper.wake, { once: true });
    });

  get sleeping(): number[] {
    return [...this.#sleepers].map(({ timeMs }) => timeMs);
  }

  wakeAll(): void {
    for (const { wake } of [...this.#sleepers]) wake();
  }

  #wake(sleeper: { readonly timeMs: number; readonly wake: () => void }, resolve: () => void): void {
    this.#sleepers.delete(sleeper);
    resolve();
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe("keepCosigned", () => {
  it("asks at the start, on each advance and on each heartbeat, until it is ended", async () => {
    const { client, requests } = clientOf(witnessService("w.example"));
    const clock = new ManualClock();
    const end = new AbortController();
    const heartbeatMs = 60_000;
    const kept = keepCosigned(log, [client], { signal: end.signal, heartbeatMs, random: () => 0, sleep: clock.sleep });
    await settle();
    expect(requests).toEqual(["old 0"]);
    expect(clock.sleeping).toEqual([20]);
    clock.wakeAll();
    await settle();
    expect(clock.sleeping).toEqual([heartbeatMs]);

    await log.append(leavesOf(0, 2));
    await settle();
    expect(requests).toEqual(["old 0", "old 0"]);
    expect(names(log.checkpoint())).toEqual([origin, "w.example"]);

    // What comes during the pause is asked for when the pause is over.
    await log.append(leavesOf(2, 5));
    clock.wakeAll();
    await settle();
    expect(requests).toEqual(["old 0", "old 0", "old 2"]);
    clock.wakeAll();
    await settle();
    expect(clock.sleeping).toEqual([heartbeatMs]);
    clock.wakeAll();
    await settle();
    expect(requests).toEqual(["old 0", "old 0", "old 2", "old 5"]);
    end.abort();
    await kept;
  });

  it("tries again after a failure, later each time, and does not hold up the other witnesses", async () => {
    const failures: string[] = [];
    let isDown = true;
    const down = clientOf(witnessService("down.example"), async () => {
      if (isDown) throw new TypeError("fetch failed");
      return undefined;
    });
    const up = clientOf(witnessService("up.example"));
    const clock = new ManualClock();
    const end = new AbortController();
    await log.append(leavesOf(0, 2));
    const kept = keepCosigned(log, [down.client, up.client], {
      signal: end.signal,
      heartbeatMs: 60_000,
      random: () => 0.5,
      onFailure: (name) => failures.push(name),
      sleep: clock.sleep,
    });
    await settle();
    expect(names(log.checkpoint())).toEqual([origin, "up.example"]);
    expect(clock.sleeping).toContain(75);
    clock.wakeAll();
    await settle();
    expect(clock.sleeping).toContain(150);
    isDown = false;
    clock.wakeAll();
    await settle();
    expect(failures).toEqual(["down.example", "down.example"]);
    expect(names(log.checkpoint()).sort()).toEqual(["down.example", origin, "up.example"].sort());
    end.abort();
    await kept;
  });

  it("ends while a request is under way", async () => {
    const end = new AbortController();
    const { client } = clientOf(witnessService("w.example"), () => {
      end.abort();
      return Promise.reject(end.signal.reason);
    });
    const heard: string[] = [];
    const onFailure = (name: string): number => heard.push(name);
    await keepCosigned(log, [client], { signal: end.signal, heartbeatMs: 1_000, random: () => 0, onFailure });
    expect(heard).toEqual([]);
  });

  it("waits between a half and the whole of a time that doubles up to the heartbeat", () => {
    expect(retryDelayMs(1, 60_000, 0)).toBe(50);
    expect(retryDelayMs(1, 60_000, 1)).toBe(100);
    expect(retryDelayMs(4, 60_000, 0)).toBe(400);
    expect(retryDelayMs(1_000, 60_000, 1)).toBe(60_000);
  });
});
