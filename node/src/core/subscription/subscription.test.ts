import { PRODUCT_FOOTPRINT_CONTRACT_URN } from "@tallystick/contracts";
import { encodeBase64, formatLeaf, type JsonObject, routeTag, utf8Encode } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeFixture } from "../evidence/evidence.fixture.ts";
import { formatVerdict, parseVerdict, type Verdict } from "../journal/verdict.ts";
import { formatFeedState, parseFeedState } from "./feed-state.ts";
import type { JudgeContext } from "./judge-attestation.ts";
import type { ReceivedDelivery, ReceivedFeedBatch } from "./read-batch.ts";
import { RouteWindow } from "./route-window.ts";
import { judge, ORIGIN, OTHERS_KEY, product, Reader, ROUTE_KEY, SUPPLIER, Supplier } from "./subscription.fixture.ts";

describe("an honest feed", () => {
  it("gives every attestation addressed here, and nothing of the others' [RT-3]", async () => {
    const supplier = new Supplier();
    const [one, two] = [supplier.publish(product(1)), supplier.publish(product(2))];
    supplier.deliver(one);
    supplier.deliver(two, { routeKey: OTHERS_KEY, counter: 0, withhold: true });
    supplier.deliver(two);
    const reader = await new Reader(supplier).readAll(supplier);
    expect(reader.verdicts).toEqual([]);
    expect(reader.pending.map(({ index }) => index)).toEqual([one.index, two.index]);
    const judged = await judge(supplier, reader.pending[0]);
    expect(judged.payload.credentialSubject.productIds).toEqual(product(1).productIds);
    expect(judged.kid).toBe(`${SUPPLIER}#1`);
  });

  it("gives the same verdicts however it is split into batches [LOG-7]", async () => {
    const supplier = new Supplier();
    for (let n = 0; n < 5; n++) supplier.deliver(supplier.publish(product(n)), { withhold: n === 2 });
    supplier.deliver(supplier.publish(product(9)), { counter: 7 });
    const whole = await new Reader(supplier).readAll(supplier);
    const size = supplier.feed.entries.length;
    await fc.assert(
      fc.asyncProperty(fc.subarray(Array.from({ length: size - 1 }, (_, i) => i + 1)), async (cuts) => {
        const reader = new Reader(supplier);
        let from = 0;
        for (const to of [...cuts, size]) {
          await reader.read(supplier.batch(from, to));
          from = to;
        }
        expect(reader.verdicts).toEqual(whole.verdicts);
        expect(reader.pending.map(({ index }) => index)).toEqual(whole.pending.map(({ index }) => index));
        expect(reader.state.nextCounter).toBe(whole.state.nextCounter);
      }),
      { numRuns: 30 },
    );
  });

  it("is provisional under its author's checkpoint and final under a quorum's [WIT-2]", async () => {
    const supplier = new Supplier();
    supplier.deliver(supplier.publish(product(1)));
    const reader = await new Reader(supplier).read(supplier.batch(0, 2));
    expect([reader.state.finalSize, reader.state.logTimeUnix]).toEqual([0, undefined]);
    await reader.read(supplier.batch(2, 2, true));
    expect([reader.state.finalSize, reader.state.logTimeUnix]).toEqual([2, 1_710_000_000]);
  });

  it("keeps a state that reads back as it was", async () => {
    const supplier = new Supplier();
    supplier.deliver(supplier.publish(product(1)));
    const { state } = await new Reader(supplier).read(supplier.batch(0, 2, true));
    expect(parseFeedState(new TextDecoder().decode(formatFeedState(state)))).toEqual(state);
  });
});

describe("a batch is refused whole, and the state stays", () => {
  const refuse = async (change: (batch: ReceivedFeedBatch) => ReceivedFeedBatch, code: string): Promise<void> => {
    const supplier = new Supplier();
    supplier.deliver(supplier.publish(product(1)));
    supplier.deliver(supplier.publish(product(2)));
    const reader = await new Reader(supplier).read(supplier.batch(0, 2));
    const before = reader.state;
    await expect(reader.read(change(supplier.batch(2)))).rejects.toThrow(code);
    expect(reader.state).toBe(before);
  };
  const other = new Supplier();
  for (let n = 0; n < 4; n++) other.publish(product(n + 20));

  it.each([
    ["an entry exchanged", (b: ReceivedFeedBatch) => ({ ...b, leaves: [...b.leaves].reverse() }), "ROOT_MISMATCH"],
    ["an entry left out", (b: ReceivedFeedBatch) => ({ ...b, leaves: b.leaves.slice(1) }), "BATCH_OUT_OF_ORDER"],
    ["another index", (b: ReceivedFeedBatch) => ({ ...b, firstIndex: 3 }), "BATCH_OUT_OF_ORDER"],
    [
      "another history of the same log",
      (b: ReceivedFeedBatch) => ({ ...b, note: other.feed.note(false, 4) }),
      "ROOT_MISMATCH",
    ],
    [
      "a smaller checkpoint",
      (b: ReceivedFeedBatch) => ({ ...b, leaves: [], note: other.feed.note(false, 1) }),
      "LOG_ROLLED_BACK",
    ],
    [
      "a checkpoint without signature",
      (b: ReceivedFeedBatch) => ({ ...b, note: `${b.note.split("—")[0]}` }),
      "NOTE_MALFORMED",
    ],
    [
      "another log's checkpoint",
      (b: ReceivedFeedBatch) => ({ ...b, note: other.fixture.registry.members.note(false) }),
      "NOTE_UNSIGNED",
    ],
  ])("for %s [LOG-8]", (_what, change, code) => refuse(change, code));
});

describe("a bad entry is a verdict, and stops nothing", () => {
  const codesOf = async (cheat: (supplier: Supplier) => void): Promise<string[]> => {
    const supplier = new Supplier();
    cheat(supplier);
    supplier.deliver(supplier.publish(product(99)), { counter: supplier.counter++ });
    const reader = await new Reader(supplier).readAll(supplier);
    // Whatever came before, the honest entry after it is read.
    expect(reader.pending.at(-1)?.index).toBe(supplier.feed.entries.length - 2);
    return reader.codes;
  };

  it("altered: another figure than the one logged, signed with the true key [LEAF-2]", async () => {
    const codes = await codesOf((supplier) => {
      const { index } = supplier.publish(product(1));
      supplier.deliver({ index, ...supplier.fixture.attest({ ...product(1), comment: "another figure" }) });
    });
    expect(codes).toEqual(["ENTRY_ALTERED"]);
  });

  it("withheld: addressed here and not sent [RT-4]", async () => {
    expect(await codesOf((supplier) => supplier.deliver(supplier.publish(product(1)), { withhold: true }))).toEqual([
      "withheld",
    ]);
  });

  it("dropped: a counter skipped [RT-4]", async () => {
    const codes = await codesOf((supplier) => {
      supplier.counter = 2;
    });
    expect(codes).toEqual(["dropped", "dropped"]);
  });

  it("a tag used again [RT-4]", async () => {
    const codes = await codesOf((supplier) => {
      const one = supplier.publish(product(1));
      supplier.deliver(one);
      supplier.deliver(one, { counter: 0 });
    });
    expect(codes).toEqual(["tag-reused"]);
  });

  it("a delivery under somebody else's tag [RT-3]", async () => {
    const codes = await codesOf((supplier) => {
      supplier.deliver(supplier.publish(product(1)), { routeKey: OTHERS_KEY, counter: 0 });
    });
    expect(codes).toEqual(["DELIVERY_MISADDRESSED"]);
  });

  it("an opening that is not the one committed to [RT-3]", async () => {
    const codes = await codesOf((supplier) => {
      const [one, two] = [supplier.publish(product(1)), supplier.publish(product(2))];
      supplier.deliver(two, { committedIndex: one.index });
    });
    expect(codes).toEqual(["COMMITMENT_INVALID"]);
  });

  it("a delivery of what is no attestation, or does not exist yet [LEAF-3]", async () => {
    const codes = await codesOf((supplier) => {
      const one = supplier.publish(product(1));
      const delivered = supplier.deliver(one);
      supplier.deliver({ ...one, index: delivered });
      const at = supplier.deliver(one);
      supplier.deliveries.set(at, { ...(supplier.deliveries.get(at) as ReceivedDelivery), targetIndex: at + 5 });
    });
    expect(codes).toEqual(["TARGET_INVALID", "ENTRY_UNKNOWN"]);
  });

  it("a leaf that is no record [LEAF-1]", async () => {
    const codes = await codesOf((supplier) =>
      supplier.feed.entries.push(utf8Encode("tallystick/leaf/v1\nattest\nx\n")),
    );
    expect(codes).toEqual(["LEAF_MALFORMED"]);
  });

  it("superseding or revoking what is no earlier attestation [LEAF-3]", async () => {
    const codes = await codesOf((supplier) => {
      const jwsHash = new Uint8Array(32);
      supplier.feed.entries.push(formatLeaf({ kind: "supersede", jwsHash, targetIndex: 7 }));
      supplier.feed.entries.push(formatLeaf({ kind: "revoke", jwsHash, targetIndex: 1 }));
    });
    expect(codes).toEqual(["TARGET_INVALID", "TARGET_INVALID"]);
  });

  it("while superseding and revoking an earlier one end it at once [LEAF-3]", async () => {
    const supplier = new Supplier();
    const { index } = supplier.publish(product(1));
    const jwsHash = new Uint8Array(32);
    supplier.feed.entries.push(formatLeaf({ kind: "supersede", jwsHash, targetIndex: index }));
    supplier.feed.entries.push(formatLeaf({ kind: "revoke", jwsHash, targetIndex: index + 1 }));
    const { verdicts } = await new Reader(supplier).readAll(supplier);
    expect(verdicts).toMatchObject([
      { kind: "superseded", targetIndex: index, byIndex: index + 1 },
      { kind: "revoked", targetIndex: index + 1, byIndex: index + 2 },
    ]);
  });
});

describe("an attestation that stands in the log still does not count", () => {
  const judged = async (
    changes: JsonObject,
    context: Partial<JudgeContext> = {},
    of = product(1),
  ): Promise<unknown> => {
    const supplier = new Supplier();
    supplier.deliver(supplier.publish(of, changes));
    const reader = await new Reader(supplier).readAll(supplier);
    return judge(supplier, reader.pending[0], context);
  };
  const subject = (change: JsonObject): JsonObject => {
    const { pcf, ...rest } = product(1) as unknown as JsonObject;
    return { credentialSubject: { ...rest, pcf: { ...(pcf as JsonObject), ...change } } };
  };

  it("by another issuer than the log's owner [ATT-6]", async () => {
    await expect(judged({ issuer: "did:web:buyer.example" })).rejects.toThrow("ISSUER_MISMATCH");
  });

  it("by a key that is not the owner's [ATT-6]", async () => {
    const buyer = makeFixture().state.members.memberOf("did:web:buyer.example");
    if (buyer === undefined) throw new Error("no buyer");
    await expect(judged({}, { member: buyer })).rejects.toThrow("KEY_UNKNOWN");
  });

  it("of a suspended member", async () => {
    const member = makeFixture().state.members.memberOf(SUPPLIER);
    if (member === undefined) throw new Error("no supplier");
    await expect(judged({}, { member: { ...member, suspended: true } })).rejects.toThrow("MEMBER_SUSPENDED");
  });

  it.each([
    ["banana", { pcfExcludingBiogenicUptake: "banana" }],
    ["negative fossil emissions", { fossilGhgEmissions: "-1" }],
    ["a declared amount of zero", { declaredUnitAmount: "0" }],
    ["a reversed period", { referencePeriodStart: "2025-01-01T00:00:00Z" }],
  ])("with %s, though validly signed [ATT-7]", async (_what, change) => {
    await expect(judged(subject(change))).rejects.toThrow("FOOTPRINT_INVALID");
  });

  it("dated more than 300 seconds after its receipt [ATT-8]", async () => {
    const validFrom = Date.parse("2024-02-01T00:00:00Z") / 1000;
    await expect(judged({}, { now: validFrom - 301 })).rejects.toThrow("FUTURE_DATED");
    await expect(judged({}, { now: validFrom - 300 })).resolves.toBeDefined();
  });

  it("under another contract than the agreed one, or another text of it [ATT-5]", async () => {
    await expect(judged({}, { contract: "urn:tallystick:contract:other:1.0.0" })).rejects.toThrow("CONTRACT_MISMATCH");
    await expect(judged({}, { contract: "urn:tallystick:contract:product-footprint:2.1.0" })).rejects.toThrow(
      "CONTRACT_MISMATCH",
    );
    const digest = `sha256-${encodeBase64(new Uint8Array(32))}`;
    const schema = { id: PRODUCT_FOOTPRINT_CONTRACT_URN, type: "JsonSchema", digest };
    await expect(judged({ credentialSchema: schema })).rejects.toThrow("CONTRACT_MISMATCH");
  });

  it("relying on a registry that never was [ATT-5]", async () => {
    const { origin } = makeFixture().registry.members;
    const rootHash = encodeBase64(new Uint8Array(32));
    await expect(judged({ registry: { origin, treeSize: 2, rootHash } })).rejects.toThrow("REGISTRY_PIN_UNKNOWN");
    await expect(judged({}, { membersRootAt: () => undefined })).rejects.toThrow("REGISTRY_PIN_UNKNOWN");
  });

  it("with a disclosure that belongs to nothing [ATT-3]", async () => {
    const supplier = new Supplier();
    const one = supplier.publish(product(1));
    supplier.deliver({ ...one, disclosures: [...one.disclosures, one.disclosures[0] ?? ""] });
    const { pending } = await new Reader(supplier).readAll(supplier);
    await expect(judge(supplier, pending[0])).rejects.toThrow("DISCLOSURE_INVALID");
  });
});

describe("the route window", () => {
  it("knows its own tags ahead and behind, and no others [RT-2]", () => {
    const window = new RouteWindow(ROUTE_KEY, ORIGIN, 3, 100);
    const tag = (counter: number, epoch = 3): Uint8Array => routeTag(ROUTE_KEY, ORIGIN, epoch, counter);
    expect([36, 100, 163].map((counter) => window.counterOf(tag(counter)))).toEqual([36, 100, 163]);
    expect([35, 164].map((counter) => window.counterOf(tag(counter)))).toEqual([undefined, undefined]);
    expect(window.counterOf(tag(100, 2))).toBeUndefined();
    window.advanceTo(150);
    expect([85, 86, 213, 214].map((counter) => window.counterOf(tag(counter)))).toEqual([
      undefined,
      86,
      213,
      undefined,
    ]);
  });
});

describe("a verdict in the journal", () => {
  it("reads back as it was, in one form only", () => {
    const verdict: Verdict = { v: 1, kind: "withheld", member: SUPPLIER, origin: ORIGIN, index: 4, counter: 0 };
    const text = new TextDecoder().decode(formatVerdict(verdict));
    expect(parseVerdict(text)).toEqual(verdict);
    expect(() => parseVerdict(` ${text}`)).toThrow("JSON_NOT_CANONICAL");
    expect(() => parseVerdict(text.replace("withheld", "forgiven"))).toThrow();
  });
});
