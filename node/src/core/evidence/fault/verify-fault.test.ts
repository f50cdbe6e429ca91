import { ATTESTATION_TYP } from "@tallystick/contracts";
import {
  encodeBase64,
  formatLeaf,
  formatNote,
  hashJws,
  isTallyError,
  type JsonObject,
  parseJws,
  parseNote,
  privateKeyFromSeed,
  sha256,
  signJws,
  signNote,
  utf8Encode,
} from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Verdict } from "../../journal/verdict.ts";
import { ORIGIN, OTHERS_KEY, product, SUPPLIER, Supplier } from "../../subscription/subscription.fixture.ts";
import type { TwoLive } from "./build-fault.ts";
import { CASTER, documentOf, exhibitsOf, loseKey, refusedWith, shownBy, verdictOf } from "./fault.fixture.ts";
import { type FaultDocument, formatFault, MAX_FAULT_BYTES, parseFault } from "./fault-document.ts";
import { signReport } from "./fault-report.ts";
import { verifyFault } from "./verify-fault.ts";

/** A supplier that published so many and delivered them all. */
function honest(count = 2): Supplier {
  const supplier = new Supplier();
  for (let n = 0; n < count; n++) supplier.deliver(supplier.publish(product(n)));
  return supplier;
}

/** Logs exactly these bytes as an attestation, and delivers them. */
function deliverBytes(supplier: Supplier, jws: string, disclosures: readonly string[] = []): number {
  const index = supplier.feed.entries.length;
  supplier.feed.entries.push(formatLeaf({ kind: "attest", jwsHash: hashJws(jws) }));
  supplier.deliver({ index, jws, disclosures });
  return index;
}

/** Every place in a value, with what holds it. */
function placesIn(value: object): [holder: Record<string, unknown>, name: string][] {
  return Object.entries(value).flatMap(([name, child]) => [
    [value as Record<string, unknown>, name] as [Record<string, unknown>, string],
    ...(typeof child === "object" && child !== null ? placesIn(child) : []),
  ]);
}

type Case = () => Promise<{ supplier: Supplier; fault: Verdict | TwoLive }>;

/** Each fault as a supplier commits it and a buyer finds it. */
const CASES: Readonly<Record<string, Case>> = {
  withheld: async () => {
    const supplier = honest();
    supplier.deliver(supplier.publish(product(5)), { withhold: true });
    return { supplier, fault: await verdictOf(supplier, "withheld") };
  },
  "withheld behind an opening that opens nothing": async () => {
    const supplier = honest();
    const at = supplier.deliver(supplier.publish(product(5)));
    const came = supplier.deliveries.get(at);
    if (came !== undefined) supplier.deliveries.set(at, { ...came, salt: new Uint8Array(32) });
    return { supplier, fault: await verdictOf(supplier, "COMMITMENT_INVALID") };
  },
  dropped: async () => {
    const supplier = honest();
    supplier.counter += 2;
    supplier.deliver(supplier.publish(product(5)));
    return { supplier, fault: await verdictOf(supplier, "dropped") };
  },
  "dropped first of all": async () => {
    const supplier = new Supplier();
    supplier.counter = 1;
    supplier.deliver(supplier.publish(product(5)));
    return { supplier, fault: await verdictOf(supplier, "dropped") };
  },
  reordered: async () => {
    const supplier = honest();
    supplier.deliver(supplier.publish(product(5)), { counter: 3 });
    supplier.deliver(supplier.publish(product(6)), { counter: 2 });
    return { supplier, fault: await verdictOf(supplier, "reordered") };
  },
  "tag-reused": async () => {
    const supplier = honest();
    supplier.deliver(supplier.publish(product(5)), { counter: 1 });
    return { supplier, fault: await verdictOf(supplier, "tag-reused") };
  },
  altered: async () => {
    const supplier = honest();
    const { index } = supplier.publish(product(5));
    supplier.deliver({ index, ...supplier.fixture.attest({ ...product(5), comment: "another figure" }) });
    return { supplier, fault: await verdictOf(supplier, "ENTRY_ALTERED") };
  },
  misaddressed: async () => {
    const supplier = honest();
    supplier.deliver(supplier.publish(product(5)), { routeKey: OTHERS_KEY, counter: 0 });
    return { supplier, fault: await verdictOf(supplier, "DELIVERY_MISADDRESSED") };
  },
  "false-disclosures": async () => {
    const supplier = honest();
    const { index, jws } = supplier.publish(product(5));
    supplier.deliver({ index, jws, disclosures: supplier.fixture.attest(product(6)).disclosures.map((d) => `${d}A`) });
    return { supplier, fault: refusedWith(index, "DISCLOSURE_INVALID") };
  },
  "invalid-attestation: another's signature": async () => {
    const supplier = honest();
    const { jws } = supplier.fixture.attest(product(5));
    const { payload, header } = parseJws(jws, ATTESTATION_TYP);
    const forged = signJws(ATTESTATION_TYP, header.kid, payload, privateKeyFromSeed(new Uint8Array(32).fill(9)));
    return { supplier, fault: refusedWith(deliverBytes(supplier, forged), "SIGNATURE_INVALID") };
  },
  "invalid-attestation: a hostile spelling": async () => {
    const supplier = honest();
    const { jws } = supplier.fixture.attest(product(5));
    // The last character's two low bits are in no byte: most decoders take all four of its spellings.
    const last = jws.at(-1) === "A" ? "B" : jws.at(-1) === "Q" ? "R" : jws.at(-1) === "g" ? "h" : "x";
    return { supplier, fault: refusedWith(deliverBytes(supplier, `${jws.slice(0, -1)}${last}`), "JWS_MALFORMED") };
  },
  "invalid-attestation: another member's": async () => {
    const supplier = honest();
    const { payload } = parseJws(supplier.fixture.attest(product(5)).jws, ATTESTATION_TYP);
    const { kid, key, did } = supplier.fixture.request.preparer;
    const others = signJws(ATTESTATION_TYP, kid, { ...payload, issuer: did }, key);
    return { supplier, fault: refusedWith(deliverBytes(supplier, others), "KEY_UNKNOWN") };
  },
  "invalid-attestation: a registry that never was": async () => {
    const supplier = honest();
    const { payload } = parseJws(supplier.fixture.attest(product(5)).jws, ATTESTATION_TYP);
    const registry = { ...(payload.registry as JsonObject), rootHash: encodeBase64(new Uint8Array(32)) };
    const jws = signJws(ATTESTATION_TYP, CASTER.kid, { ...payload, registry }, CASTER.key);
    return { supplier, fault: refusedWith(deliverBytes(supplier, jws), "REGISTRY_PIN_UNKNOWN") };
  },
  "invalid-attestation: dated in the future of its log": async () => {
    const supplier = honest();
    const { payload } = parseJws(supplier.fixture.attest(product(5)).jws, ATTESTATION_TYP);
    const jws = signJws(ATTESTATION_TYP, CASTER.kid, { ...payload, validFrom: "2024-06-01T00:00:00Z" }, CASTER.key);
    return { supplier, fault: refusedWith(deliverBytes(supplier, jws), "FUTURE_DATED") };
  },
  backdated: async () => {
    const supplier = honest();
    const { payload } = parseJws(supplier.fixture.attest(product(5)).jws, ATTESTATION_TYP);
    const jws = signJws(ATTESTATION_TYP, CASTER.kid, { ...payload, validFrom: "2024-01-01T00:00:00Z" }, CASTER.key);
    return { supplier, fault: refusedWith(deliverBytes(supplier, jws), "BACKDATED") };
  },
  "wrong-target: a delivery": async () => {
    const supplier = honest();
    supplier.feed.entries.push(formatLeaf({ kind: "revoke", jwsHash: new Uint8Array(32), targetIndex: 1 }));
    return { supplier, fault: await verdictOf(supplier, "TARGET_INVALID") };
  },
  "wrong-target: an entry to come": async () => {
    const supplier = honest();
    supplier.feed.entries.push(formatLeaf({ kind: "supersede", jwsHash: new Uint8Array(32), targetIndex: 99 }));
    return { supplier, fault: await verdictOf(supplier, "TARGET_INVALID") };
  },
  "malformed-leaf": async () => {
    const supplier = honest();
    supplier.feed.entries.push(new Uint8Array([0xff, 0, 0xfe]));
    return { supplier, fault: await verdictOf(supplier, "LEAF_MALFORMED") };
  },
  "two-live": async () => {
    const supplier = honest();
    const first = supplier.publish(product(5));
    const second = supplier.publish({ ...product(5), comment: "another figure" });
    for (const one of [first, second]) supplier.deliver(one);
    return {
      supplier,
      fault: { kind: "two-live", member: SUPPLIER, origin: ORIGIN, indices: [second.index, first.index] },
    };
  },
};

const feedFault = (code: string): Verdict => ({
  v: 1,
  kind: "feed-fault",
  member: SUPPLIER,
  origin: ORIGIN,
  size: 4,
  code,
  reason: "",
});

describe("a fault document", () => {
  it.each(Object.keys(CASES))("shows what it is about, offline and to anybody: %s [FLT-1] [FLT-2]", async (name) => {
    const { supplier, fault } = await (CASES[name] as Case)();
    const { verdict, bytes } = await shownBy(supplier, fault);
    expect([verdict.kind, verdict.member, verdict.reporter, verdict.final]).toEqual([
      name.split(/[: ]/)[0],
      SUPPLIER,
      "did:web:buyer.example",
      true,
    ]);
    expect(verdict.proven.length).toBeGreaterThan(0);
    // The same in any copy: its form is the canonical one.
    expect(formatFault(parseFault(bytes))).toEqual(bytes);
  });

  it("says what is the reporter's word alone [FLT-3]", async () => {
    const claims = async (name: string): Promise<readonly string[]> => {
      const { supplier, fault } = await (CASES[name] as Case)();
      return (await shownBy(supplier, fault)).verdict.claimed;
    };
    expect(await claims("withheld")).toEqual([
      "the delivery was not sent to the reporter, nor when it was asked for again",
    ]);
    expect(await claims("altered")).toEqual(["the JWS shown is what was handed over with that delivery"]);
    expect(await claims("tag-reused")).toEqual([]);
    expect(await claims("two-live")).toEqual([]);
  });

  it("of a doctored JWS says whether the member signed that too [FLT-3]", async () => {
    const supplier = honest();
    const { index, jws } = supplier.publish(product(5));
    const doctored = jws.replace(/.$/, (last) => (last === "A" ? "Q" : "A"));
    supplier.deliver({ index, jws: doctored, disclosures: [] });
    const { verdict } = await shownBy(supplier, await verdictOf(supplier, "ENTRY_ALTERED"));
    expect([verdict.proven.length, verdict.notProven[0]]).toEqual([
      1,
      `that the JWS shown is ${SUPPLIER}'s at all: its signature is not`,
    ]);
  });

  it("of a key that its owner said was compromised says so [FLT-3]", async () => {
    const { supplier, fault } = await (CASES.altered as Case)();
    loseKey(supplier, 1_700_000_000);
    const { verdict } = await shownBy(supplier, fault);
    expect(verdict.proven.length).toBe(2);
    expect(verdict.notProven).toContain(
      `that ${SUPPLIER} itself used ${CASTER.kid}: it has said that the key was compromised since 2023-11-14T22:13:20.000Z`,
    );
  });

  it("shows two histories, and an old one offered again, from two checkpoints [FLT-1] [LOG-8]", async () => {
    const supplier = honest(4);
    const other = new Supplier();
    other.deliver(other.publish(product(77)));
    other.deliver(other.publish(product(78)));
    const rewritten = await shownBy(supplier, feedFault("LOG_ROLLED_BACK"), { note: other.feed.note(false) });
    expect([rewritten.verdict.kind, rewritten.verdict.claimed]).toEqual(["rewritten", []]);
    const sameSize = honest(3);
    sameSize.deliver(sameSize.publish(product(99)));
    const fork = await shownBy(supplier, feedFault("ROOT_MISMATCH"), { note: sameSize.feed.note(false) });
    expect(fork.verdict.kind).toBe("rewritten");
    const old = await shownBy(supplier, feedFault("LOG_ROLLED_BACK"), { note: supplier.feed.note(false, 3) });
    expect([old.verdict.kind, old.verdict.claimed.length]).toEqual(["rolled-back", 1]);
    await expect(documentOf(supplier, feedFault("ROOT_MISMATCH"), { note: supplier.feed.note(false) })).rejects.toThrow(
      "FAULT_NOT_EXPORTABLE",
    );
  });

  it("shows a larger history that does not begin with the one held [FLT-1]", async () => {
    const supplier = honest(2);
    const other = new Supplier();
    for (let n = 50; n < 55; n++) other.deliver(other.publish(product(n)));
    const prefix = await exhibitsOf(other).prefix(supplier.feed.entries.length, other.feed.entries.length);
    const { verdict } = await shownBy(supplier, feedFault("ROOT_MISMATCH"), { note: other.feed.note(false), prefix });
    expect(verdict.kind).toBe("rewritten");
    // What agrees is no fault.
    const grown = honest(5);
    const agreeing = await exhibitsOf(grown).prefix(4, grown.feed.entries.length);
    const note = grown.feed.note(false);
    await expect(documentOf(supplier, feedFault("ROOT_MISMATCH"), { note, prefix: agreeing })).rejects.toThrow(
      "FAULT_NOT_SHOWN",
    );
  });

  it("shows a text that the member signed as a checkpoint and that is none [FLT-1] [LOG-2]", async () => {
    const supplier = honest();
    const text = `${parseNote(supplier.feed.note(false)).text}an extension\n`;
    const key = privateKeyFromSeed(sha256(utf8Encode(`fixture checkpoint ${ORIGIN}`)));
    const note = formatNote({ text, signatures: [signNote(text, ORIGIN, key)] });
    expect((await shownBy(supplier, feedFault("CHECKPOINT_MALFORMED"), { note })).verdict.kind).toBe("bad-checkpoint");
    const stranger = privateKeyFromSeed(new Uint8Array(32).fill(9));
    const unsigned = formatNote({ text, signatures: [signNote(text, ORIGIN, stranger)] });
    await expect(documentOf(supplier, feedFault("CHECKPOINT_MALFORMED"), { note: unsigned })).rejects.toThrow(
      "FAULT_NOT_SHOWN",
    );
  });
});

describe("a fault document is refused", () => {
  /** The document, changed by somebody who can sign as the reporter: only what it lays open can refuse it now. */
  async function resigned(name: string, change: (document: FaultDocument) => FaultDocument) {
    const { supplier, fault } = await (CASES[name] as Case)();
    const { report: _, ...statement } = change(structuredClone(await documentOf(supplier, fault)));
    const { preparer } = supplier.fixture.request;
    const document = { ...statement, report: await signReport(statement, preparer, "2024-03-20T00:00:00Z") };
    return () => verifyFault(formatFault(document), supplier.fixture.trust);
  }
  const withExhibit =
    (changes: object) =>
    (document: FaultDocument): FaultDocument =>
      ({ ...document, exhibit: { ...document.exhibit, ...changes } }) as FaultDocument;

  it("with any byte changed [FLT-4]", async () => {
    for (const name of ["withheld", "two-live"]) {
      const { supplier, fault } = await (CASES[name] as Case)();
      const { bytes } = await shownBy(supplier, fault);
      fc.assert(
        fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, xor) => {
          const doctored = bytes.slice();
          doctored[at] = (doctored[at] as number) ^ xor;
          expect(() => verifyFault(doctored, supplier.fixture.trust)).toThrow(/^[A-Z][A-Z0-9_]+/);
        }),
        { numRuns: 150, seed: 4 },
      );
    }
  });

  it("or holds, with a typed error, whatever its reporter put into it and signed [FLT-1]", async () => {
    const documents = await Promise.all(
      Object.values(CASES).map(async (make) => {
        const { supplier, fault } = await make();
        return { document: await documentOf(supplier, fault), supplier };
      }),
    );
    const values = fc.oneof(
      fc.nat({ max: 9 }),
      fc.constantFrom(-1, 2 ** 53, "", "A", "AAAA", encodeBase64(new Uint8Array(32)), null, {}, []),
      fc.string(),
    );
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...documents), fc.nat(), values, async ({ document, supplier }, at, value) => {
        const { report: _, ...statement } = structuredClone(document);
        const places = placesIn(statement.exhibit);
        const [holder, name] = places[at % places.length] as (typeof places)[number];
        holder[name] = value;
        const { preparer } = supplier.fixture.request;
        try {
          const report = await signReport(statement, preparer, "2024-03-20T00:00:00Z");
          verifyFault(formatFault({ ...statement, report }), supplier.fixture.trust);
        } catch (error) {
          expect(isTallyError(error)).toBe(true);
          refused += 1;
        }
      }),
      { numRuns: 250, seed: 11 },
    );
    expect(refused).toBeGreaterThan(200);
  });

  it("under another network's trust file [FLT-2]", async () => {
    const { supplier, fault } = await (CASES.withheld as Case)();
    const { bytes } = await shownBy(supplier, fault);
    const { trust } = supplier.fixture;
    const genesis = encodeBase64(sha256(utf8Encode("another")));
    expect(() => verifyFault(bytes, { ...trust, genesis })).toThrow("CHANGE_INVALID");
  });

  it.each([
    [
      "a secret that does not open the tag",
      "withheld",
      withExhibit({ secret: encodeBase64(new Uint8Array(32)) }),
      "FAULT_NOT_SHOWN",
    ],
    ["a counter that is there", "dropped", withExhibit({ counter: 1 }), "FAULT_NOT_SHOWN"],
    [
      "a route key that was not agreed",
      "dropped",
      withExhibit({ routeKey: encodeBase64(new Uint8Array(32)) }),
      "FAULT_NOT_SHOWN",
    ],
    ["two deliveries in order", "reordered", withExhibit({ counter: 3, after: 2 }), "FAULT_NOT_SHOWN"],
    [
      "a code that verifiers do not refuse it with",
      "invalid-attestation: another's signature",
      withExhibit({ code: "JWS_MALFORMED" }),
      "FAULT_NOT_SHOWN",
    ],
    ["another salt", "altered", withExhibit({ salt: encodeBase64(new Uint8Array(32)) }), "COMMITMENT_INVALID"],
    [
      "fewer entries of the registry",
      "withheld",
      (document: FaultDocument) => ({
        ...document,
        registry: { ...document.registry, entries: document.registry.entries.slice(0, -1) },
      }),
      "ROOT_MISMATCH",
    ],
    [
      "another member",
      "withheld",
      (document: FaultDocument) => ({ ...document, member: "did:web:buyer.example" }),
      "ORIGIN_MISMATCH",
    ],
  ] as const)("that shows %s, though its reporter signed it [FLT-1]", async (_what, name, change, code) => {
    expect(await resigned(name, change as (document: FaultDocument) => FaultDocument)).toThrow(code);
  });

  it("where an entry between ends one of the two that shall be live [LEAF-4]", async () => {
    const supplier = honest();
    const first = supplier.publish(product(5));
    const second = supplier.publish({ ...product(5), comment: "another figure" });
    supplier.feed.entries[second.index] = formatLeaf({
      kind: "supersede",
      jwsHash: hashJws(second.jws),
      targetIndex: first.index,
    });
    for (const one of [first, second]) supplier.deliver(one);
    const fault: TwoLive = { kind: "two-live", member: SUPPLIER, origin: ORIGIN, indices: [first.index, second.index] };
    await expect(documentOf(supplier, fault)).rejects.toThrow("FAULT_NOT_SHOWN");
  });

  it("against a supplier that did nothing: what was delivered in order, and as logged, cannot be shown as a fault [FLT-1]", async () => {
    const supplier = honest(3);
    const at = { v: 1, member: SUPPLIER, origin: ORIGIN } as const;
    for (const fault of [
      { ...at, kind: "tag-reused", index: 3, counter: 1 },
      { ...at, kind: "reordered", index: 5, counter: 2 },
      refusedWith(1, "ENTRY_ALTERED"),
      refusedWith(0, "SIGNATURE_INVALID"),
      refusedWith(0, "DISCLOSURE_INVALID"),
      refusedWith(2, "LEAF_MALFORMED"),
    ] as const satisfies readonly Verdict[]) {
      await expect(documentOf(supplier, fault)).rejects.toThrow(/FAULT_NOT_SHOWN|EVIDENCE_NOT_HELD/);
    }
  });

  it("where it is too large, or no document", () => {
    const { trust } = new Supplier().fixture;
    expect(() => verifyFault(new Uint8Array(MAX_FAULT_BYTES + 1), trust)).toThrow("FAULT_MALFORMED");
    for (const text of ["", "{}", "[]", "null", '{"type":"tallystick/fault/v1"}']) {
      expect(() => verifyFault(utf8Encode(text), trust)).toThrow(/FAULT_MALFORMED|JSON_NOT_CANONICAL/);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => verifyFault(bytes, trust)).toThrow(/FAULT_MALFORMED|JSON_NOT_CANONICAL|UTF8_INVALID/);
      }),
      { numRuns: 100 },
    );
  });
});
