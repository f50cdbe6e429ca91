import {
  encodeBase64,
  formatBundle,
  formatLeaf,
  hashJws,
  isTallyError,
  type JsonObject,
  type Leaf,
  parseBundle,
  privateKeyFromSeed,
  sha256,
  signJws,
  utf8Encode,
} from "@tallystick/proto";
import { beforeAll, describe, expect, it } from "vitest";
import { ENGINE } from "../engine.ts";
import { CASTING, footprint, line } from "../inventory/inventory.fixture.ts";
import { type Period, parsePeriod } from "../inventory/period.ts";
import { type Fixture, makeFixture } from "./evidence.fixture.ts";
import { BUNDLE_TYP } from "./manifest.ts";
import { proveInventory } from "./prove.ts";
import { verifyBundle } from "./verify.ts";

type Body = JsonObject & { type: string };

let fixture: Fixture;
let bundle: Uint8Array;

beforeAll(async () => {
  fixture = makeFixture();
  ({ bytes: bundle } = await proveInventory(fixture.request));
});

const claimsOf = (bytes: Uint8Array): Body[] =>
  parseBundle(Buffer.from(bytes).toString()).claims.map(({ body }) => body as Body);

/** The bundle that a dishonest preparer would sign after changing its claims. */
function resign(
  claims: readonly JsonObject[],
  changes: { readonly kid?: string; readonly seed?: string; readonly software?: string } = {},
): Uint8Array {
  const { did, kid, preparedAt, software, key } = fixture.request.preparer;
  const signer = changes.seed === undefined ? key : privateKeyFromSeed(sha256(utf8Encode(changes.seed)));
  return formatBundle(claims, (digest) =>
    signJws(
      BUNDLE_TYP,
      changes.kid ?? kid,
      { v: 1, bundle: encodeBase64(digest), preparer: did, preparedAt, software: changes.software ?? software },
      signer,
    ),
  );
}

interface Failure {
  readonly line: number;
  readonly type: string;
  readonly about: string;
  readonly reason: string;
  readonly facts: Record<string, unknown>;
}

function failureOf(bytes: Uint8Array, options?: Parameters<typeof verifyBundle>[1]): Failure {
  try {
    verifyBundle(bytes, options);
  } catch (error) {
    if (isTallyError(error, "BUNDLE_CLAIM_FAILED")) return error.details as Failure;
    throw error;
  }
  throw new Error("the bundle holds");
}

/** Changes the first claim of a type that `which` accepts; a bundle signed again. */
function tampered(
  type: string,
  change: (body: Body) => JsonObject | undefined,
  which: (body: Body) => boolean = () => true,
): Uint8Array {
  const claims = claimsOf(bundle);
  const at = claims.findIndex((body) => body.type === type && which(body));
  expect(at).toBeGreaterThanOrEqual(0);
  const body = change(structuredClone(claims[at] as Body));
  return resign(body === undefined ? claims.toSpliced(at, 1) : claims.with(at, body as Body));
}

describe("verifyBundle", () => {
  it("recomputes the total offline from a bundle of canonical lines, the manifest first [BND-1] [BND-2]", () => {
    expect(Buffer.from(bundle).toString().split("\n").slice(0, 2)).toEqual([
      "tallystick/bundle/v1",
      expect.stringMatching(/^\{"claims":\[/),
    ]);
    const report = verifyBundle(bundle, { trust: fixture.trust });
    const claimed = claimsOf(bundle).find(({ type }) => type === "total");
    expect(report.uncertainty).toEqual(claimed?.uncertainty);
    expect(report).toMatchObject({
      ok: true,
      network: "fixture",
      preparer: { preparer: "did:web:buyer.example", preparedAt: "2024-12-31T12:00:00Z", software: ENGINE },
      totalKgCo2e: "620.000000000",
      finalKgCo2e: "620.000000000",
      provisionalKgCo2e: "0.000000000",
      uncertainty: { spread: { kind: "relative" }, assumedShare: "1.0000" },
      statuses: { lines: 3, unsupportedLines: 0, attestations: 1, finalFeeds: 1, provisionalFeeds: 0 },
    });
    expect(report.claimsChecked).toBe(claimsOf(bundle).length + 1);
  });

  it("says whether the anchor was pinned or came with the bundle [BND-5]", () => {
    expect(verifyBundle(bundle, { trust: fixture.trust }).anchor).toBe("pinned");
    const unpinned = verifyBundle(bundle);
    expect(unpinned.anchor).toBe("from-bundle");
    expect(unpinned.notChecked[0]?.what).toBe("the registry's identity");
  });

  describe("of a period", () => {
    const SPANNING = { start: "2024-07-01", end: "2025-06-30" };
    const ledger = [
      line("inside", { date: "2024-03-01" }),
      line("spanning", { date: "2024-07-01", period: SPANNING }),
      line("later", { date: "2025-09-01" }),
    ];
    const ofPeriod = async (period: Period): Promise<Uint8Array> => {
      const { request } = makeFixture({ ledger });
      return (await proveInventory({ ...request, input: { ...request.input, period } })).bytes;
    };
    /** The same claims with others in the place of some, signed again. */
    const changed = (bytes: Uint8Array, change: (body: Body) => JsonObject): Uint8Array =>
      resign(claimsOf(bytes).map((body) => change(structuredClone(body))));

    it("holds its lines by their days in it, and no other line [BND-6]", async () => {
      const bytes = await ofPeriod(parsePeriod("2024"));
      const report = verifyBundle(bytes, { trust: fixture.trust });
      expect(report.period).toEqual({ name: "2024", start: "2024-01-01", end: "2024-12-31" });
      const claims = claimsOf(bytes).filter(({ type }) => type === "calculation");
      expect(claims.map(({ line, inPeriod }) => [line, inPeriod])).toEqual([
        ["inside", undefined],
        ["spanning", { before: 0, upTo: 184, of: 365, kgCo2e: "50.410958904" }],
      ]);
      expect(report.totalKgCo2e).toBe("150.410958904");
    });

    it.each<[string, (body: Body) => JsonObject]>([
      ["another year", (body) => (body.type === "policy" ? { ...body, period: { ...parsePeriod("2025") } } : body)],
      ["none", (body) => (body.type === "policy" ? (({ period: _period, ...rest }) => rest)(body) : body)],
      [
        "a day less",
        (body) => (body.type === "policy" ? { ...body, period: { ...parsePeriod("2024-01-01..2024-12-30") } } : body),
      ],
      [
        "another name for it",
        (body) => (body.type === "policy" ? { ...body, period: { ...parsePeriod("2024-01-01..2024-12-31") } } : body),
      ],
      [
        "a name that means other days",
        (body) => ("period" in body ? { ...body, period: { ...parsePeriod("2024"), name: "2023" } } : body),
      ],
      [
        "days that are none",
        (body) => ("period" in body ? { ...body, period: { ...parsePeriod("2024"), end: "2024-13-31" } } : body),
      ],
    ])("is refused with %s in its place", async (_what, change) => {
      const bytes = changed(await ofPeriod(parsePeriod("2024")), change);
      expect([
        "PERIOD_INVALID",
        "CALCULATION_DIFFERS",
        "TOTAL_DIFFERS",
        "CLAIM_OUT_OF_ORDER",
        "CLAIM_MISSING",
      ]).toContain(failureOf(bytes).reason);
    });

    it("says that a fiscal year's days are the preparer's word", async () => {
      const bytes = await ofPeriod({ name: "FY2024", start: "2024-04-01", end: "2025-03-31" });
      expect(verifyBundle(bytes).notChecked.map(({ what }) => what)).toContain("the days of FY2024");
    });
  });

  it("shows a small set whole, and says of any other that a better factor may be left out [BND-4]", () => {
    expect(verifyBundle(bundle).notChecked.map(({ what }) => what)).not.toContain("other factors of activity@2024.1.0");
    const claims = claimsOf(bundle).filter(({ row }) => (row as { key?: string } | undefined)?.key !== "casting:blank");
    expect(failureOf(resign(claims))).toMatchObject({
      type: "end",
      facts: { what: "not-checked other factors of activity@2024.1.0" },
    });
    const said = {
      type: "not-checked",
      what: "other factors of activity@2024.1.0",
      why: "3 of its 4 rows are here: that none of the others fits a line better is the preparer's word",
    };
    expect(verifyBundle(resign([...claims, said])).notChecked).toContainEqual({ what: said.what, why: said.why });
  });

  it("claims the steps of each factor's selection, and refuses others [SEL-3]", () => {
    const factors = claimsOf(bundle).flatMap(({ factor }) => (factor === undefined ? [] : [factor as JsonObject]));
    expect(factors.map(({ steps }) => steps)).toEqual([[], []]);
    const changed = tampered(
      "calculation",
      (body) => ({ ...body, factor: { ...(body.factor as JsonObject), steps: ["time:older"] } }),
      ({ factor }) => factor !== undefined,
    );
    expect(failureOf(changed)).toMatchObject({ type: "calculation", reason: "CALCULATION_DIFFERS" });
  });

  it("does not hold where another engine made it and this one comes to something else, and says just that", () => {
    const claims = claimsOf(bundle);
    const at = claims.findIndex(({ type }) => type === "calculation");
    const other = claims.with(at, { ...(claims[at] as Body), kgCo2e: "1.000000000" });
    expect(failureOf(resign(other))).toMatchObject({ type: "calculation", reason: "CALCULATION_DIFFERS" });
    expect(failureOf(resign(other, { software: "tallystick 0.0.9" }))).toMatchObject({
      type: "calculation",
      reason: "ENGINE_DIFFERS",
      facts: { made: "tallystick 0.0.9", verifier: ENGINE, instead: "CALCULATION_DIFFERS" },
    });
    expect(verifyBundle(resign(claims, { software: "tallystick 0.0.9" })).preparer.software).toBe("tallystick 0.0.9");
  });

  it("lists what was not shown, and refuses a bundle that keeps a limit to itself [BND-4]", () => {
    expect(verifyBundle(bundle).notChecked.map(({ what }) => what)).toContain("witnesses outlast a faulty one");
    const silent = tampered(
      "not-checked",
      () => undefined,
      (body) => body.what === "better evidence",
    );
    expect(failureOf(silent)).toMatchObject({ type: "end", reason: "CLAIM_MISSING" });
  });

  it("counts a feed without a quorum as provisional and says so", async () => {
    const { request } = makeFixture({ feedCosigned: false });
    const report = verifyBundle((await proveInventory(request)).bytes);
    expect(report).toMatchObject({ provisionalKgCo2e: "100.000000000", statuses: { provisionalFeeds: 1 } });
    expect(report.notChecked.map(({ what }) => what)).toContain("feed casting.example/feed is final");
  });

  it("refuses a bundle of another registry than the pinned one", () => {
    const trust = { ...fixture.trust, genesis: encodeBase64(sha256(new Uint8Array(0))) };
    expect(failureOf(bundle, { trust })).toMatchObject({ line: 3, type: "anchor", reason: "ANCHOR_MISMATCH" });
  });

  it("holds for many leaves in several claims and for feeds used from the middle", async () => {
    const before: Leaf[] = Array.from({ length: 5 }, (_, at) => ({
      kind: "receipt",
      jwsHash: sha256(utf8Encode(`${at}`)),
    }));
    const after: Leaf[] = Array.from({ length: 9000 }, (_, at) => ({
      kind: "receipt",
      jwsHash: sha256(utf8Encode(`after ${at}`)),
    }));
    const { request } = makeFixture({ leavesBefore: before, leavesAfter: after });
    const { bytes } = await proveInventory(request);
    expect(claimsOf(bytes).filter(({ type }) => type === "leaves")).toHaveLength(3);
    expect(verifyBundle(bytes).totalKgCo2e).toBe("620.000000000");
  });

  it("shows a fork by two notes that contradict each other, and refuses two that do not", async () => {
    const { feed } = fixture;
    const rootHash = sha256(utf8Encode("another history"));
    const notes = [feed.note(true), feed.sign({ treeSize: feed.entries.length, rootHash }, true)] as const;
    const { bytes } = await proveInventory({ ...fixture.request, forks: [{ origin: feed.origin, notes }] });
    expect(verifyBundle(bytes).ok).toBe(true);
    const same = claimsOf(bytes).map((body) =>
      body.type === "fork-proof" ? { ...body, notes: [notes[0], notes[0]] } : body,
    );
    expect(failureOf(resign(same))).toMatchObject({ type: "fork-proof", reason: "FORK_NOT_SHOWN" });
  });

  it("carries refusals and faults as the preparer's word", async () => {
    const refused = [
      { member: "did:web:x.example", origin: "x.example/feed", index: 2, code: "LEAF_DIFFERS", reason: "altered" },
    ];
    const faults = [{ member: "did:web:x.example", kind: "withheld", caughtBy: "route tag", detail: "index 4" }];
    const { request } = makeFixture({ input: { refused, faults } });
    const report = verifyBundle((await proveInventory(request)).bytes);
    expect(report.statuses.confidence.reasons).toEqual(expect.arrayContaining(["faults", "refused-evidence"]));
    expect(report.notChecked.map(({ what }) => what)).toContain("refused evidence and faults");
  });

  it("includes neither superseded evidence nor evidence of other products", async () => {
    const other = footprint("3", { id: "3893bb5d-da16-4dc1-9185-11d97476c255", productIds: [`${CASTING}-x`] });
    const { request } = makeFixture({ footprints: [footprint("10"), other] });
    expect(verifyBundle((await proveInventory(request)).bytes).statuses.attestations).toBe(1);
    const retractions = [{ kind: "revoked" as const, origin: "casting.example/feed", targetIndex: 0, byIndex: 9 }];
    const { bytes } = await proveInventory({ ...request, input: { ...request.input, retractions } });
    expect(verifyBundle(bytes)).toMatchObject({ totalKgCo2e: "640.000000000", statuses: { attestations: 0 } });
  });
});

describe("a dishonest preparer", () => {
  it("cannot count an entry that a later leaf ends", async () => {
    const revoke: Leaf = { kind: "revoke", jwsHash: sha256(utf8Encode("why")), targetIndex: 0 };
    const { request } = makeFixture({ leavesAfter: [revoke] });
    await expect(proveInventory(request)).rejects.toThrow("ENTRY_RETRACTED");
  });

  it.each<[string, JsonObject, string]>([
    ["another issuer", { issuer: "did:web:buyer.example" }, "ISSUER_DIFFERS"],
    [
      "a contract that the registry does not have",
      {
        credentialSchema: {
          id: "urn:tallystick:contract:mine:1.0.0",
          type: "JsonSchema",
          digest: `sha256-${encodeBase64(sha256(new Uint8Array(0)))}`,
        },
      },
      "CONTRACT_UNKNOWN",
    ],
    [
      "a registry state that never was",
      {
        registry: {
          origin: "registry.example/members",
          treeSize: 2,
          rootHash: encodeBase64(sha256(new Uint8Array(0))),
        },
      },
      "ROOT_MISMATCH",
    ],
    [
      "a registry state that is yet to come",
      {
        registry: {
          origin: "registry.example/members",
          treeSize: 99,
          rootHash: encodeBase64(sha256(new Uint8Array(0))),
        },
      },
      "ROOT_MISMATCH",
    ],
    [
      "another registry",
      { registry: { origin: "other.example/members", treeSize: 0, rootHash: encodeBase64(sha256(new Uint8Array(0))) } },
      "ORIGIN_MISMATCH",
    ],
    ["an invalid footprint", { credentialSubject: {} }, "FOOTPRINT_INVALID"],
  ])("cannot use an attestation with %s, though its member signed it", async (_what, payloadChanges, code) => {
    const { request } = makeFixture({ payloadChanges });
    await expect(proveInventory(request)).rejects.toThrow(code);
  });

  it("cannot use what the feed's member did not log, or a log that no member owns", async () => {
    const { sources } = fixture.request;
    const other = { ...sources, attestation: async () => fixtureAttestation("9") };
    await expect(proveInventory({ ...fixture.request, sources: other })).rejects.toThrow("LEAF_DIFFERS");
    const stranger = tampered(
      "checkpoint",
      (body) => ({ ...body, origin: "stranger.example/feed" }),
      (body) => body.origin === "casting.example/feed",
    );
    expect(failureOf(stranger)).toMatchObject({ type: "checkpoint", reason: "MEMBER_UNKNOWN" });
  });

  it("cannot show another registry history than its checkpoint has", () => {
    const { factors } = fixture.registry;
    const note = factors.sign({ treeSize: factors.entries.length, rootHash: sha256(new Uint8Array(0)) }, true);
    const forked = tampered(
      "checkpoint",
      (body) => ({ ...body, note }),
      (body) => body.origin === factors.origin,
    );
    expect(failureOf(forked)).toMatchObject({ type: "registry-entry", about: "factors 2", reason: "ROOT_MISMATCH" });
  });

  it("cannot leave out the leaf that ends an entry", async () => {
    const cut = tampered("leaves", (body) => ({ ...body, leaves: [formatLeafText("receipt")] }));
    expect(failureOf(cut)).toMatchObject({ type: "leaves", about: "casting.example/feed", reason: "ROOT_MISMATCH" });
  });

  it.each<[string, string, (body: Body) => JsonObject | undefined, string, string]>([
    [
      "change a line's quantity",
      "ledger-line",
      (body) => ({ ...body, line: { ...(body.line as JsonObject), quantity: "11" } }),
      "calculation",
      "CALCULATION_DIFFERS",
    ],
    [
      "change a figure",
      "calculation",
      (body) => ({ ...body, kgCo2e: "1.000000000" }),
      "calculation",
      "CALCULATION_DIFFERS",
    ],
    [
      "change what a figure rests on",
      "calculation",
      (body) => ({ ...body, evidence: { ...(body.evidence as JsonObject), index: 1 } }),
      "calculation",
      "CALCULATION_DIFFERS",
    ],
    ["leave out a figure", "calculation", () => undefined, "end", "CLAIM_MISSING"],
    ["leave out a line", "ledger-line", () => undefined, "calculation", "CLAIM_OUT_OF_ORDER"],
    ["change the total", "total", (body) => ({ ...body, totalKgCo2e: "619.000000000" }), "total", "TOTAL_DIFFERS"],
    ["change coverage", "total", (body) => ({ ...body, coverage: {} }), "total", "TOTAL_DIFFERS"],
    [
      "be surer than the evidence is",
      "total",
      (body) => {
        const { spread, ...uncertainty } = body.uncertainty as { readonly spread: JsonObject };
        return { ...body, uncertainty: { ...uncertainty, spread: { ...spread, gsd2: "1.050000" } } };
      },
      "total",
      "TOTAL_DIFFERS",
    ],
    [
      "call what was assumed known",
      "total",
      (body) => ({ ...body, uncertainty: { ...(body.uncertainty as JsonObject), assumedShare: "0.0000" } }),
      "total",
      "TOTAL_DIFFERS",
    ],
    [
      "leave out the uncertainty",
      "total",
      ({ uncertainty: _, ...body }) => body as unknown as JsonObject,
      "total",
      "CLAIM_MALFORMED",
    ],
    ["leave out the total", "total", () => undefined, "end", "CLAIM_MISSING"],
    [
      "use another policy",
      "policy",
      (body) => ({ ...body, policy: { ...(body.policy as JsonObject), methods: ["spend-based"] } }),
      "calculation",
      "CALCULATION_DIFFERS",
    ],
    [
      "change how old the registry was",
      "policy",
      (body) => ({ ...body, registryStale: true }),
      "total",
      "TOTAL_DIFFERS",
    ],
    ["leave out the policy", "policy", () => undefined, "calculation", "CLAIM_OUT_OF_ORDER"],
    [
      "change a factor",
      "factor-row",
      (body) => ({ ...body, row: { ...(body.row as JsonObject), label: "another" } }),
      "factor-row",
      "FACTOR_ROW_UNPROVEN",
    ],
    ["move a factor", "factor-row", (body) => ({ ...body, index: 1 }), "factor-row", "FACTOR_ROW_UNPROVEN"],
    [
      "invent a factor set",
      "factor-row",
      (body) => ({ ...body, set: { id: "mine", version: "1.0.0" } }),
      "factor-row",
      "FACTOR_SET_UNKNOWN",
    ],
    ["leave out evidence", "attestation", () => undefined, "calculation", "CALCULATION_DIFFERS"],
    ["change an attestation's place", "attestation", (body) => ({ ...body, index: 7 }), "attestation", "LEAF_DIFFERS"],
    [
      "put in another attestation",
      "attestation",
      (body) => ({ ...body, ...fixtureAttestation("9") }),
      "attestation",
      "LEAF_DIFFERS",
    ],
    [
      "put in disclosures of another",
      "attestation",
      (body) => ({ ...body, disclosures: fixtureAttestation("9").disclosures }),
      "attestation",
      "DISCLOSURE_INVALID",
    ],
    ["leave out a registry entry", "registry-entry", () => undefined, "registry-entry", "CLAIM_OUT_OF_ORDER"],
    [
      "use another genesis",
      "anchor",
      (body) => ({ ...body, genesis: encodeBase64(sha256(new Uint8Array(1))) }),
      "registry-entry",
      "CHANGE_INVALID",
    ],
    ["leave out the anchor", "anchor", () => undefined, "checkpoint", "CLAIM_OUT_OF_ORDER"],
    ["add a property", "total", (body) => ({ ...body, note: "audited" }), "total", "CLAIM_MALFORMED"],
    [
      "add a claim that nobody checks",
      "total",
      () => ({ type: "assurance", by: "a friend" }),
      "assurance",
      "CLAIM_NOT_SUPPORTED",
    ],
  ])("cannot %s", (_what, type, change, failedType, reason) => {
    expect(failureOf(tampered(type, change))).toMatchObject({ type: failedType, reason });
  });

  it("cannot say the same thing twice", () => {
    for (const type of [
      "anchor",
      "policy",
      "attestation",
      "factor-row",
      "ledger-line",
      "calculation",
      "total",
      "checkpoint",
    ]) {
      const claims = claimsOf(bundle);
      const at = claims.findIndex((body) => body.type === type);
      const { reason, line: failedLine } = failureOf(resign(claims.toSpliced(at, 0, claims[at] as Body)));
      expect([reason, failedLine]).toEqual(["CLAIM_REPEATED", at + 4]);
    }
  });

  it("cannot sign with a key that is not the named member's", () => {
    const claims = claimsOf(bundle);
    expect(failureOf(resign(claims, { seed: "a stranger" }))).toMatchObject({
      line: 2,
      type: "manifest",
      reason: "SIGNATURE_INVALID",
    });
    expect(failureOf(resign(claims, { kid: "did:web:buyer.example#9" }))).toMatchObject({
      line: 2,
      reason: "KEY_UNKNOWN",
    });
    const asCaster = resign(claims, { kid: "did:web:casting.example#1", seed: "fixture caster attest" });
    expect(failureOf(asCaster)).toMatchObject({ line: 2, reason: "ISSUER_DIFFERS" });
  });

  it("cannot sign for other claims than these", () => {
    const [, manifest] = Buffer.from(resign(claimsOf(bundle).slice(0, -1)))
      .toString()
      .split("\n");
    const lines = Buffer.from(bundle).toString().split("\n");
    const statement = (JSON.parse(manifest as string) as { statement: string }).statement;
    const mixed = JSON.stringify({ ...(JSON.parse(lines[1] as string) as object), statement });
    expect(failureOf(utf8Encode(lines.with(1, mixed).join("\n")))).toMatchObject({
      line: 2,
      reason: "CLAIM_MALFORMED",
    });
  });
});

describe("a changed file", () => {
  it("is refused wherever a bit was flipped [BND-3]", () => {
    let state = 20_241_231;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let flip = 0; flip < 2_500; flip += 1) {
      const changed = Uint8Array.from(bundle);
      const at = random(changed.length);
      changed[at] = (changed[at] as number) ^ (1 << random(8));
      expect(failureOf(changed).reason).toBeTypeOf("string");
    }
  });

  it("is refused cut short at any line, empty, or of another kind", () => {
    const lines = Buffer.from(bundle).toString().split("\n");
    for (let count = 0; count < lines.length - 1; count += 1) {
      expect(failureOf(utf8Encode(`${lines.slice(0, count).join("\n")}\n`)).reason).toBe("BUNDLE_MALFORMED");
    }
    expect(failureOf(new Uint8Array(0)).reason).toBe("BUNDLE_MALFORMED");
    expect(failureOf(Uint8Array.of(0xff, 0xfe)).reason).toBe("UTF8_INVALID");
  });

  it("names the line that was changed", () => {
    const lines = Buffer.from(bundle).toString().split("\n");
    const at = lines.findIndex((text) => text.includes('"type":"ledger-line"'));
    const changed = lines.with(at, (lines[at] as string).replace('"quantity":"10"', '"quantity":"90"'));
    expect(failureOf(utf8Encode(changed.join("\n")))).toMatchObject({ line: at + 1, reason: "BUNDLE_MALFORMED" });
  });
});

function fixtureAttestation(kgCo2e: string): { jws: string; disclosures: string[] } {
  const { jws, disclosures } = fixture.attest(footprint(kgCo2e, { id: "3893bb5d-da16-4dc1-9185-11d97476c299" }));
  return { jws, disclosures: [...disclosures] };
}

function formatLeafText(kind: "receipt"): string {
  return Buffer.from(formatLeaf({ kind, jwsHash: hashJws("nothing") })).toString();
}
