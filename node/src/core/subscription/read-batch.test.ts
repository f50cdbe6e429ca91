import {
  addSignatures,
  cosign,
  formatLeaf,
  hashJws,
  parseNote,
  privateKeyFromSeed,
  sha256,
  utf8Encode,
} from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Verdict } from "../journal/verdict.ts";
import { FEED_FAULTS } from "./feed-faults.ts";
import { newFeedState } from "./feed-state.ts";
import type { PendingAttestation, ReceivedDelivery } from "./read-batch.ts";
import { MAX_FEED_FAULTS, readBatch } from "./read-batch.ts";
import { MAX_AWAITED, RouteWindow, WINDOW_AHEAD, WINDOW_BEHIND } from "./route-window.ts";
import { ORIGIN, OTHERS_KEY, product, Reader, ROUTE_KEY, SUPPLIER, Supplier } from "./subscription.fixture.ts";

const JWS_HASH = new Uint8Array(32);

/** What a supplier may do next, each with a number to choose by. */
const ACTS: Readonly<Record<string, (supplier: Supplier, n: number) => void>> = {
  deliver: (supplier, n) => void supplier.deliver(supplier.publish(product(n))),
  withhold: (supplier, n) => void supplier.deliver(supplier.publish(product(n)), { withhold: true }),
  skip: (supplier, n) => {
    supplier.counter += 1 + (n % 3);
    supplier.deliver(supplier.publish(product(n)));
  },
  reuse: (supplier, n) => void supplier.deliver(supplier.publish(product(n)), { counter: n % (supplier.counter + 1) }),
  others: (supplier, n) =>
    void supplier.deliver(supplier.publish(product(n)), { routeKey: OTHERS_KEY, counter: n, withhold: n % 2 === 0 }),
  alter: (supplier, n) => {
    const { index } = supplier.publish(product(n));
    supplier.deliver({ index, ...supplier.fixture.attest({ ...product(n), comment: "another figure" }) });
  },
  misplace: (supplier, n) => {
    const at = supplier.deliver(supplier.publish(product(n)));
    supplier.deliveries.set(at, { ...(supplier.deliveries.get(at) as ReceivedDelivery), targetIndex: n });
  },
  garble: (supplier, n) => void supplier.feed.entries.push(utf8Encode(`tallystick/leaf/v${n}\n`)),
  supersede: (supplier, n) =>
    void supplier.feed.entries.push(formatLeaf({ kind: "supersede", jwsHash: JWS_HASH, targetIndex: n })),
  revoke: (supplier, n) =>
    void supplier.feed.entries.push(formatLeaf({ kind: "revoke", jwsHash: JWS_HASH, targetIndex: n })),
  receipt: (supplier) => void supplier.feed.entries.push(formatLeaf({ kind: "receipt", jwsHash: JWS_HASH })),
};

/** All of a pending attestation but the checkpoints that it came under and after. */
const withoutSize = ({ treeSize: _, absentAtUnix: __, ...rest }: PendingAttestation): Partial<PendingAttestation> =>
  rest;

describe("a stream of any acts", () => {
  const acts = fc.array(fc.tuple(fc.constantFrom(...Object.keys(ACTS)), fc.nat({ max: 12 })), {
    minLength: 1,
    maxLength: 14,
  });
  const cuts = fc.array(fc.record({ at: fc.nat({ max: 40 }), cosigned: fc.boolean(), stop: fc.boolean() }));

  it("gives the same verdicts, the same attestations and the same state in any batches, with stops between [LOG-7] [INV-2]", async () => {
    const kinds = new Set<string>();
    await fc.assert(
      fc.asyncProperty(acts, cuts, async (chosen, where) => {
        const supplier = new Supplier();
        for (const [act, n] of chosen) ACTS[act]?.(supplier, n);
        const size = supplier.feed.entries.length;
        const whole = await new Reader(supplier).read(supplier.batch(0, size, true));
        const parts = new Reader(supplier);
        let from = 0;
        for (const { at, cosigned, stop } of [...where].sort((a, b) => a.at - b.at).filter((cut) => cut.at <= size)) {
          await parts.read(supplier.batch(from, at, cosigned));
          if (stop) parts.restart();
          from = at;
        }
        await parts.read(supplier.batch(from, size, true));
        expect(parts.verdicts).toEqual(whole.verdicts);
        expect(parts.pending.map(withoutSize)).toEqual(whole.pending.map(withoutSize));
        parts.restart();
        whole.restart();
        expect(parts.state).toEqual(whole.state);
        for (const code of whole.codes) kinds.add(code);
      }),
      { numRuns: 60, seed: 7 },
    );
    // The acts are worth their name: each kind of fault came up.
    expect([...kinds].sort()).toEqual([
      "COMMITMENT_INVALID",
      "DELIVERY_MISADDRESSED",
      "ENTRY_ALTERED",
      "ENTRY_UNKNOWN",
      "LEAF_MALFORMED",
      "TARGET_INVALID",
      "dropped",
      "reordered",
      "revoked",
      "superseded",
      "tag-reused",
      "withheld",
    ]);
  });
});

describe("a delivery", () => {
  it("of a superseding attestation counts like one of a first [LEAF-3]", async () => {
    const supplier = new Supplier();
    supplier.deliver(supplier.publish(product(1)));
    const next = supplier.publish({ ...product(1), comment: "another figure" });
    supplier.feed.entries[next.index] = formatLeaf({ kind: "supersede", jwsHash: hashJws(next.jws), targetIndex: 0 });
    supplier.deliver(next);
    const { pending, codes } = await new Reader(supplier).readAll(supplier);
    expect(pending.map(({ index }) => index)).toEqual([0, next.index]);
    expect(codes).toEqual(["superseded"]);
  });

  it("beside a leaf that delivers nothing is refused [RT-3]", async () => {
    const supplier = new Supplier();
    const one = supplier.publish(product(1));
    const at = supplier.deliver(one);
    const received = supplier.deliveries.get(at) as ReceivedDelivery;
    const batch = { ...supplier.batch(0), deliveries: new Map([[one.index, received]]) };
    const { codes, pending } = await new Reader(supplier).read(batch);
    expect(codes).toEqual(["DELIVERY_MISADDRESSED", "withheld"]);
    expect(pending).toEqual([]);
  });

  it("is looked up in earlier batches, and refused where this node does not hold its entry", async () => {
    const supplier = new Supplier();
    const one = supplier.publish(product(1));
    supplier.deliver(one);
    const reader = await new Reader(supplier).read(supplier.batch(0, 1));
    const context = {
      checkpointKey: checkpointKey(supplier),
      policy: undefined,
      window: new RouteWindow(ROUTE_KEY, ORIGIN, 0, 0),
    };
    const held = await readBatch(reader.state, supplier.batch(1), {
      ...context,
      leafAt: async () => supplier.feed.entries[0],
    });
    expect(held.pending).toHaveLength(1);
    const missing = await readBatch(reader.state, supplier.batch(1), {
      ...context,
      window: new RouteWindow(ROUTE_KEY, ORIGIN, 0, 0),
      leafAt: async () => undefined,
    });
    expect(missing.verdicts).toMatchObject([{ kind: "refused", index: 1, code: "ENTRY_UNKNOWN" }]);
  });

  it("after 63 dropped ones still names them all; the tag beyond is nobody's [RT-4]", async () => {
    const [near, far] = [new Supplier(), new Supplier()];
    near.deliver(near.publish(product(1)), { counter: WINDOW_AHEAD - 1 });
    far.deliver(far.publish(product(1)), { counter: WINDOW_AHEAD });
    const { verdicts, state } = await new Reader(near).readAll(near);
    const counters = verdicts.map((verdict) => verdict.kind === "dropped" && verdict.counter);
    expect(counters).toEqual(Array.from({ length: WINDOW_AHEAD - 1 }, (_, counter) => counter));
    expect(state.nextCounter).toBe(WINDOW_AHEAD);
    expect((await new Reader(far).readAll(far)).codes).toEqual(["DELIVERY_MISADDRESSED"]);
  });

  it("under a tag of long ago counts no more than under one of yesterday [RT-4]", async () => {
    const supplier = new Supplier();
    const one = supplier.publish(product(1));
    for (let n = 0; n <= WINDOW_BEHIND; n++) supplier.deliver(one);
    supplier.deliver(one, { counter: 1 });
    supplier.deliver(one, { counter: 0 });
    const { codes, pending } = await new Reader(supplier).readAll(supplier);
    expect(codes).toEqual(["tag-reused", "DELIVERY_MISADDRESSED"]);
    expect(pending).toHaveLength(WINDOW_BEHIND + 1);
  });

  it("of another epoch is not this agreement's [RT-2]", async () => {
    const supplier = new Supplier();
    supplier.deliver(supplier.publish(product(1)));
    const { verdicts } = await readBatch(newFeedState(SUPPLIER, ORIGIN, 1), supplier.batch(0), {
      checkpointKey: checkpointKey(supplier),
      policy: undefined,
      window: new RouteWindow(ROUTE_KEY, ORIGIN, 1, 0),
      leafAt: async () => undefined,
    });
    expect(verdicts).toMatchObject([{ kind: "refused", code: "DELIVERY_MISADDRESSED" } satisfies Partial<Verdict>]);
  });
});

describe("finality", () => {
  it("covers what the quorum's checkpoint covers, and stays while the log grows [WIT-2]", async () => {
    const supplier = new Supplier();
    supplier.publish(product(1));
    const reader = await new Reader(supplier).read(supplier.batch(0, 1, true));
    supplier.publish(product(2));
    await reader.read(supplier.batch(1, 2));
    expect([reader.state.finalSize, reader.state.frontier.size]).toEqual([1, 2]);
    await reader.read(supplier.batch(2, 2, true));
    expect(reader.state.finalSize).toBe(2);
    await reader.read(supplier.batch(2, 2));
    expect(reader.state.finalSize).toBe(2);
  });

  it("is not given by a witness that the policy does not name, nor without a policy [WIT-2]", async () => {
    const supplier = new Supplier();
    supplier.publish(product(1));
    const batch = supplier.batch(0);
    const stranger = cosign(parseNote(batch.note).text, 1_710_000_000, "w1", privateKeyFromSeed(new Uint8Array(32)));
    const note = addSignatures(batch.note, [stranger]);
    expect((await new Reader(supplier).read({ ...batch, note })).state.finalSize).toBe(0);
    const { next } = await readBatch(newFeedState(SUPPLIER, ORIGIN, 0), supplier.batch(0, 1, true), {
      checkpointKey: checkpointKey(supplier),
      policy: undefined,
      window: new RouteWindow(ROUTE_KEY, ORIGIN, 0, 0),
      leafAt: async () => undefined,
    });
    expect([next.finalSize, next.logTimeUnix]).toEqual([0, undefined]);
  });
});

function checkpointKey(supplier: Supplier) {
  const member = supplier.fixture.state.members.memberOf(SUPPLIER);
  if (member === undefined) throw new Error("no such member");
  return member.checkpointKey;
}

describe("what did not come with its leaf", () => {
  it("is awaited, and heals once it is handed over late [RT-6] [RT-7]", async () => {
    const supplier = new Supplier();
    const one = supplier.publish(product(1));
    const at = supplier.deliver(one, { withhold: true });
    const reader = await new Reader(supplier).readAll(supplier);
    expect([reader.codes, reader.pending, reader.state.awaited]).toEqual([
      ["withheld"],
      [],
      [{ counter: 0, index: at }],
    ]);
    reader.restart();
    const salt = sha256(utf8Encode(`salt ${at}`));
    await reader.readLate(
      new Map([[at, { salt, targetIndex: one.index, jws: one.jws, disclosures: one.disclosures }]]),
    );
    expect(reader.codes).toEqual(["withheld", "late"]);
    expect(reader.pending.map(({ index }) => index)).toEqual([one.index]);
    expect(reader.state.awaited).toEqual([]);
    await reader.readLate(
      new Map([[at, { salt, targetIndex: one.index, jws: one.jws, disclosures: one.disclosures }]]),
    );
    expect(reader.codes).toEqual(["withheld", "late"]);
  });

  it("is refused once where what comes late is not what the log has, and still awaited [RT-7]", async () => {
    const supplier = new Supplier();
    const one = supplier.publish(product(1));
    const at = supplier.deliver(one, { withhold: true });
    const reader = await new Reader(supplier).readAll(supplier);
    const salt = sha256(utf8Encode(`salt ${at}`));
    const other = supplier.fixture.attest(product(2));
    const altered = new Map([[at, { salt, targetIndex: one.index, ...other }]]);
    await (await reader.readLate(altered)).readLate(altered);
    expect(reader.codes).toEqual(["withheld", "ENTRY_ALTERED"]);
    expect(reader.state.awaited).toEqual([{ counter: 0, index: at, code: "ENTRY_ALTERED" }]);
    await reader.readLate(new Map([[at, { salt, targetIndex: one.index, ...one }]]));
    expect(reader.codes).toEqual(["withheld", "ENTRY_ALTERED", "late"]);
  });

  it("is told apart from what comes out of order, however long after [RT-6]", async () => {
    const supplier = new Supplier();
    supplier.counter = 1;
    for (let n = 0; n < WINDOW_BEHIND + 10; n++) supplier.deliver(supplier.publish(product(n)));
    const late = supplier.deliver(supplier.publish(product(1_000)), { counter: 0 });
    const again = supplier.deliver(supplier.publish(product(1_001)), { counter: 0 });
    const reader = new Reader(supplier);
    await reader.read(supplier.batch(0, late));
    reader.restart();
    await reader.read(supplier.batch(late));
    expect(reader.verdicts.map(({ kind, ...about }) => [kind, "index" in about ? about.index : undefined])).toEqual([
      ["dropped", 1],
      ["reordered", late],
      ["refused", again],
    ]);
    // Beyond the window a tag that was used is a stranger's: what is handed over with it does not count.
    expect(reader.pending.length).toBe(WINDOW_BEHIND + 11);
  });

  it("is put down up to a limit: one fault more, and the batch is refused whole [RT-6]", async () => {
    const supplier = new Supplier();
    supplier.publish(product(1));
    supplier.feed.entries.push(new Uint8Array([1]));
    const reader = new Reader(supplier);
    reader.state = { ...reader.state, faults: MAX_FEED_FAULTS - 1 };
    await reader.read(supplier.batch(0));
    expect([reader.codes, reader.state.faults]).toEqual([["LEAF_MALFORMED"], MAX_FEED_FAULTS]);
    reader.restart();
    supplier.feed.entries.push(new Uint8Array([2]));
    await expect(reader.read(supplier.batch(2))).rejects.toThrow("FAULTS_EXCEEDED");
    expect([reader.codes.length, reader.state.frontier.size]).toEqual([1, 2]);
    expect(FEED_FAULTS.has("FAULTS_EXCEEDED")).toBe(true);
  });

  it("is awaited up to a limit, the oldest given up first [RT-6]", async () => {
    const supplier = new Supplier();
    const one = supplier.publish(product(1));
    for (let n = 0; n < MAX_AWAITED + 3; n++) supplier.deliver(one, { withhold: true });
    const reader = new Reader(supplier);
    await reader.readAll(supplier);
    expect(reader.state.awaited.length).toBe(MAX_AWAITED);
    expect(reader.state.awaited[0]?.counter).toBe(3);
  });
});
