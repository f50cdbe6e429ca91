import { formatVerifierKey, makeVerifierKey, openCheckpoint, privateKeyFromSeed } from "@tallystick/proto";
import { beforeEach, describe, expect, it } from "vitest";
import { openMemoryStore } from "../adapters/memory/memory-store.ts";
import { openLog } from "../log/open-log.ts";
import type { TiledLog } from "../log/tiled-log.ts";
import type { Store } from "../ports/store.ts";
import { cosignedPath, originId } from "./cosigned-path.ts";
import { judgeClaims, learnKnownSizes, type WitnessClaim } from "./learn-known-sizes.ts";
import { WitnessService } from "./witness.ts";
import { WitnessClient } from "./witness-client.ts";

const origin = "log.example/feed";
const key = privateKeyFromSeed(new Uint8Array(32).fill(1));
const logKey = makeVerifierKey(origin, "ed25519", key.publicKey);
const leavesOf = (from: number, to: number): Uint8Array[] =>
  Array.from({ length: to - from }, (_, at) => new TextEncoder().encode(`leaf ${from + at}`));

let disk: Store;
let log: TiledLog;
beforeEach(async () => {
  disk = openMemoryStore();
  log = await openLog({ origin, key, store: disk, prefix: "log" });
  await log.guard([]);
});

const serviceOf = (n: number): WitnessService =>
  new WitnessService({
    name: `w${n}.example`,
    key: privateKeyFromSeed(new Uint8Array(32).fill(100 + n)),
    store: openMemoryStore(),
    prefix: "witness",
    keysOf: () => [logKey],
    now: () => 1_700_000_000,
  });

/** A client of an honest witness, whose answer to `add-checkpoint` may be another, and which shows what it cosigned if it is to. */
function clientOf(service: WitnessService, options: { lie?: () => Response; shows?: boolean } = {}): WitnessClient {
  const { lie, shows = true } = options;
  const answer: typeof fetch = async (url, init) => {
    if (String(url).endsWith("/add-checkpoint")) {
      if (lie !== undefined) return lie();
      const { status, body, contentType } = await service.addCheckpoint(String(init?.body));
      return new Response(body, { status, headers: { "content-type": contentType } });
    }
    expect(url).toBe(`http://witness.example/${cosignedPath(origin)}`);
    const note = shows ? await service.cosigned(originId(origin)) : undefined;
    return note === undefined ? new Response("none\n", { status: 404 }) : new Response(note);
  };
  const vkey = formatVerifierKey(service.verifierKey);
  return new WitnessClient({ name: service.verifierKey.name, url: "http://witness.example", vkey }, { fetch: answer });
}

const larger = (size: number) => (): Response => new Response(`${size}\n`, { status: 409 });
const twinOf = async (...leaves: readonly Uint8Array[]): Promise<TiledLog> => {
  const twin = await openLog({ origin, key, store: openMemoryStore(), prefix: "log" });
  await twin.guard([]);
  await twin.append(leaves);
  return twin;
};
const relocked = (): Promise<TiledLog> => openLog({ origin, key, store: disk, prefix: "log" });

describe("learnKnownSizes", () => {
  it("tells a restored log that it is behind, and shows the note that says so [LOG-4]", async () => {
    const services = [1, 2, 3].map(serviceOf);
    await log.append(leavesOf(0, 3));
    const backup: [string, Uint8Array][] = [];
    for await (const entry of disk.entries({})) backup.push(entry);
    await log.append(leavesOf(3, 5));
    for (const service of services.slice(0, 2)) await clientOf(service).cosign(log);

    const restoredDisk = openMemoryStore();
    await restoredDisk.write(backup.map(([name, value]) => ({ type: "put", key: name, value })));
    const restored = await openLog({ origin, key, store: restoredDisk, prefix: "log" });
    const clients = services.map((service) => clientOf(service));
    const { known, level, shown } = await learnKnownSizes(restored, clients, 0);
    expect(level).toBe(1);
    expect(known.map(({ size }) => size)).toEqual([3, 5, 5]);
    expect(shown.map((note) => openCheckpoint(note, logKey).checkpoint.treeSize)).toEqual([5, 5]);
    await expect(restored.guard(known)).rejects.toMatchObject({ code: "LOG_BEHIND", details: { knownSize: 5 } });
  });

  it("lets a log that is level with its witnesses go on, and an empty one begin", async () => {
    const clients = [1, 2].map((n) => clientOf(serviceOf(n)));
    for (const size of [1, 2]) {
      const again = await relocked();
      const { known, level } = await learnKnownSizes(again, clients, 0);
      expect({ level, sizes: known.map((each) => each.size) }).toEqual({ level: 2, sizes: [size - 1, size - 1] });
      await again.guard(known);
      await again.append(leavesOf(size - 1, size));
      for (const client of clients) await client.cosign(again);
    }
  });

  it("does not let one lying witness of four keep a log locked [LOG-9]", async () => {
    await log.append(leavesOf(0, 3));
    const services = [1, 2, 3, 4].map(serviceOf);
    for (const service of services) await clientOf(service).cosign(log);
    for (const lie of [larger(999), larger(3)]) {
      const clients = services.map((service, at) => clientOf(service, at === 0 ? { lie } : {}));
      const again = await relocked();
      const { known, level, doubted } = await learnKnownSizes(again, clients, 1);
      expect({ level, doubted }).toEqual({ level: 3, doubted: ["w1.example"] });
      await again.guard(known);
    }
  });

  it("believes what more witnesses say than may be faulty, at the largest size that an honest one must hold [LOG-9]", async () => {
    await log.append(leavesOf(0, 3));
    const services = [1, 2, 3, 4].map(serviceOf);
    const clients = services.map((service, at) => clientOf(service, at < 2 ? { lie: larger(at === 0 ? 999 : 7) } : {}));
    const again = await relocked();
    const { known } = await learnKnownSizes(again, clients, 1);
    await expect(again.guard(known)).rejects.toMatchObject({ code: "LOG_BEHIND", details: { knownSize: 7 } });
  });

  it("needs one witness alone where it shows a checkpoint that the log's key signed [LOG-9]", async () => {
    const services = [1, 2, 3, 4].map(serviceOf);
    await log.append(leavesOf(0, 3));
    const [first] = services;
    await clientOf(first as WitnessService).cosign(await twinOf(...leavesOf(0, 9)));
    const { known, level } = await learnKnownSizes(
      log,
      services.map((service) => clientOf(service)),
      1,
    );
    expect(level).toBe(3);
    await expect(log.guard(known)).rejects.toMatchObject({ code: "LOG_BEHIND", details: { knownSize: 9 } });
    const other = serviceOf(5);
    await clientOf(other).cosign(await twinOf(...leavesOf(50, 53)));
    const forked = await learnKnownSizes(log, [clientOf(other)], 1);
    await expect(log.guard(forked.known)).rejects.toMatchObject({ code: "LOG_FORKED", details: { treeSize: 3 } });
  });

  it("takes nothing as shown that the log's key did not sign, or the witness did not cosign", async () => {
    await log.append(leavesOf(0, 3));
    const liar = serviceOf(1);
    const strangersKey = privateKeyFromSeed(new Uint8Array(32).fill(77));
    const strangers = await openLog({ origin, key: strangersKey, store: openMemoryStore(), prefix: "log" });
    await strangers.guard([]);
    await strangers.append(leavesOf(0, 9));
    for (const note of [strangers.checkpoint(), (await twinOf(...leavesOf(0, 9))).checkpoint(), "no note"]) {
      const answer: typeof fetch = async (url) =>
        String(url).endsWith("/add-checkpoint") ? larger(9)() : new Response(note);
      const vkey = formatVerifierKey(liar.verifierKey);
      const client = new WitnessClient({ name: "w1.example", url: "http://w.example", vkey }, { fetch: answer });
      expect(await learnKnownSizes(log, [client], 1)).toEqual({
        known: [],
        level: 0,
        shown: [],
        doubted: ["w1.example"],
      });
    }
  });

  it("counts the word of another root as it counts that of another size: LOG_FORKED beyond f", () => {
    const say = (n: number): WitnessClaim => ({ kind: "other-root", witness: `w${n}`, size: 3 });
    expect(judgeClaims(origin, [say(1)], 1)).toMatchObject({ known: [], doubted: ["w1"] });
    expect(() => judgeClaims(origin, [say(1), say(2)], 1)).toThrow(expect.objectContaining({ code: "LOG_FORKED" }));
  });
});
