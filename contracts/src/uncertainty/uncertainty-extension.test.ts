import { isTallyError } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkFootprint } from "../footprint/check-footprint.ts";
import { FOOTPRINT, footprintWith } from "../footprint/footprint.fixture.ts";
import type { ProductFootprint } from "../footprint/product-footprint.ts";
import { combine } from "./combine.ts";
import { expandDrivers } from "./expand-drivers.ts";
import { sourcesOf } from "./footprint-sources.ts";
import { lnGsd2E9, type UncertainAmount } from "./source.ts";
import { uncertain } from "./uncertainty.fixture.ts";
import {
  type FootprintUncertainty,
  footprintGsd2,
  formatUncertainty,
  MAX_DRIVERS,
  parseUncertainty,
  UNCERTAINTY_SCHEMA,
} from "./uncertainty-extension.ts";

const GRID = "factor:grid@2024.1.0#DE";
const REF = { origin: "smelter.example/feed", index: 4 };

const stating = (uncertainty: FootprintUncertainty): ProductFootprint =>
  checkFootprint({ ...FOOTPRINT, extensions: [formatUncertainty(uncertainty)] }).footprint;
const EXAMPLE: FootprintUncertainty = {
  drivers: [
    { source: "attestation:mine.example/feed#7", lnGsd2E9: -50_000_000n },
    { source: GRID, lnGsd2E9: 250_000_000n },
  ],
  restLnGsd2E9: 100_000_000n,
  assumedShareE4: 0n,
};
const data = formatUncertainty(EXAMPLE).data;
const withData = (changed: unknown): unknown =>
  footprintWith({ extensions: [{ specVersion: "2.0.0", dataSchema: UNCERTAINTY_SCHEMA, data: changed }] });
/** An amount of a footprint, with the sources that the footprint gives it. */
const bought = (kg: number, footprint: ProductFootprint, ref = REF): UncertainAmount => ({
  nanoKg: BigInt(kg) * 10n ** 9n,
  sources: sourcesOf(footprint, ref).sources,
});

describe("the uncertainty extension", () => {
  it("stands in a footprint as text, and is read back", () => {
    expect(data).toEqual({
      gsd2: "1.315032",
      drivers: [
        { source: "attestation:mine.example/feed#7", lnGsd2: "-0.050000000" },
        { source: GRID, lnGsd2: "0.250000000" },
      ],
      restLnGsd2: "0.100000000",
    });
    expect(parseUncertainty(stating(EXAMPLE))).toEqual(EXAMPLE);
    expect(parseUncertainty(FOOTPRINT)).toBeUndefined();
    const assumed = { ...EXAMPLE, assumedShareE4: 2_050n };
    expect(formatUncertainty(assumed).data).toEqual({ ...data, assumedShare: "0.2050" });
    expect(sourcesOf(stating(assumed), REF)).toMatchObject({ basis: "stated", assumedShareE4: 2_050n });
  });

  it("is read back whatever it says", () => {
    const key = fc.constantFrom(GRID, "factor:epa@1.3.0#331524", "attestation:a.example/feed#0");
    const ln = fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }).filter((value) => value !== 0n);
    const drivers = fc
      .uniqueArray(fc.record({ source: key, lnGsd2E9: ln }), { selector: ({ source }) => source })
      .map((each) => each.toSorted((a, b) => (a.source < b.source ? -1 : 1)));
    fc.assert(
      fc.property(
        drivers,
        fc.bigInt({ min: 1_000n, max: 10n ** 9n }),
        fc.bigInt({ min: 0n, max: 10_000n }),
        (named, restLnGsd2E9, assumedShareE4) => {
          const uncertainty = { drivers: named, restLnGsd2E9, assumedShareE4 };
          expect(parseUncertainty(stating(uncertainty))).toEqual(uncertainty);
        },
      ),
    );
  });

  it.each([
    ["no data", {}],
    ["an unknown property", { ...data, more: 1 }],
    ["a GSD2 that its parts do not come to", { ...data, gsd2: "1.316000" }],
    ["a GSD2 with other decimals", { ...data, gsd2: "1.315" }],
    ["a number in place of text", { ...data, restLnGsd2: 0.1 }],
    ["a rest below 0", { ...data, restLnGsd2: "-0.1" }],
    ["an assumed share above 1", { ...data, assumedShare: "1.0001" }],
    ["an assumed share with other decimals", { ...data, assumedShare: "0.5" }],
    ["an exponent", { ...data, restLnGsd2: "1e-1" }],
    ["a tenth decimal", { ...data, restLnGsd2: "0.1000000001" }],
    ["a logarithm of 7", { ...data, restLnGsd2: "7.0" }],
    ["certainty", { gsd2: "1.000000", drivers: [], restLnGsd2: "0.0" }],
    ["a driver of 0", { ...data, drivers: [{ source: GRID, lnGsd2: "0.0" }] }],
    ["a key of its own", { ...data, drivers: [{ source: "activity:meter", lnGsd2: "0.1" }] }],
    ["a driver twice", { ...data, drivers: Array(2).fill({ source: GRID, lnGsd2: "0.1" }) }],
    ["drivers out of order", { ...data, drivers: [...(data.drivers as unknown[])].reverse() }],
    [
      "too many drivers",
      {
        ...data,
        drivers: Array.from({ length: MAX_DRIVERS + 1 }, (_, at) => ({
          source: `factor:grid@2024.1.0#${100 + at}`,
          lnGsd2: "0.01",
        })),
      },
    ],
  ])("refuses %s, and so does the footprint's check", (_, changed) => {
    expect(() => parseUncertainty(withData(changed) as ProductFootprint)).toThrow("UNCERTAINTY_EXTENSION_INVALID");
    expect(() => checkFootprint(withData(changed))).toThrow("uncertainty-extension");
  });

  it("refuses two of them", () => {
    const twice = footprintWith({ extensions: [formatUncertainty(EXAMPLE), formatUncertainty(EXAMPLE)] });
    expect(() => checkFootprint(twice)).toThrow("more than once");
  });

  it("leaves other extensions alone", () => {
    const other = { specVersion: "2.0.0", dataSchema: "https://example.org/x.json", data: { gsd2: 1 } };
    expect(
      checkFootprint(footprintWith({ extensions: [other, formatUncertainty(EXAMPLE)] })).footprint.extensions,
    ).toHaveLength(2);
  });

  it("throws only UNCERTAINTY_EXTENSION_INVALID, whatever the data", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.record({ gsd2: fc.string(), drivers: fc.array(fc.anything()), restLnGsd2: fc.string() }),
        ),
        (changed) => {
          try {
            parseUncertainty(withData(changed) as ProductFootprint);
          } catch (error) {
            if (!isTallyError(error, "UNCERTAINTY_EXTENSION_INVALID")) throw error;
          }
        },
      ),
    );
  });
});

describe("sources of what is bought", () => {
  it("are the drivers under their own keys, and the rest under the attestation's", () => {
    expect(sourcesOf(stating(EXAMPLE), REF)).toEqual({
      basis: "stated",
      sources: [
        { key: "attestation:mine.example/feed#7", lnGsd2E9: -50_000_000n },
        { key: GRID, lnGsd2E9: 250_000_000n },
        { key: "attestation:smelter.example/feed#4", lnGsd2E9: 100_000_000n },
      ],
      assumedShareE4: 0n,
    });
  });

  it("without the extension follow from PACT's ratings, the worse level of each", () => {
    const { basis, sources } = sourcesOf(FOOTPRINT, REF);
    expect(basis).toBe("rated");
    expect(sources).toHaveLength(1);
    // Ratings 1.6, 1.2 and 1.4 count as 2; reliability and completeness are not rated, and count as 5.
    const ln2 = [1.05, 1.5, 1.2, 1.03, 1.01, 1.05].reduce((sum, u) => sum + Math.log(u) ** 2, 0);
    expect(Number(sources[0]?.lnGsd2E9) / 1e9).toBeCloseTo(Math.sqrt(ln2), 8);
  });

  it("without extension and ratings are the worst, never none", () => {
    const { dqi: _, ...pcf } = FOOTPRINT.pcf;
    const unrated = sourcesOf({ ...FOOTPRINT, pcf }, REF);
    expect(unrated.basis).toBe("assumed");
    expect(combine([bought(10, { ...FOOTPRINT, pcf })]).spread()).toMatchObject({ gsd2: "2.519602" });
    const [rated] = sourcesOf(FOOTPRINT, REF).sources;
    expect((unrated.sources[0]?.lnGsd2E9 ?? 0n) > (rated?.lnGsd2E9 ?? 0n)).toBe(true);
  });
});

describe("correlation across members", () => {
  // Two suppliers, each with most of its footprint from one grid factor.
  const supplier = (meter: string): ProductFootprint =>
    stating(expandDrivers([uncertain(80, { [GRID]: 1.5 }), uncertain(20, { [`activity:${meter}`]: 1.2 })]));
  const other = { origin: "caster.example/feed", index: 0 };

  it("states the sensitivity of each source, and the total's GSD2", () => {
    const stated = expandDrivers([uncertain(80, { [GRID]: 1.5 }), uncertain(20, { "activity:m": 1.2 })]);
    expect(stated).toEqual({
      drivers: [{ source: GRID, lnGsd2E9: (lnGsd2E9(1.5) * 8n) / 10n }],
      restLnGsd2E9: 36_464_312n, // 0.2 × ln 1.2, rounded up
      assumedShareE4: 0n,
    });
    expect(footprintGsd2(stated)).toBe("1.385991");
  });

  it("survives the border: a buyer's total is that of one calculation over both suppliers' inputs", () => {
    const apart = combine([bought(100, supplier("a")), bought(300, supplier("b"), other)]);
    const whole = combine([
      uncertain(320, { [GRID]: 1.5 }),
      uncertain(20, { "activity:a": 1.2 }),
      uncertain(60, { "activity:b": 1.2 }),
    ]);
    const [one, two] = [apart.spread(), whole.spread()];
    if (one?.kind !== "relative" || two?.kind !== "relative") throw new Error("expected relative spreads");
    expect(Number(one.gsd2)).toBeCloseTo(Number(two.gsd2), 6);
    // As if the suppliers were independent it would be well below.
    const ignored = combine([uncertain(100, { x: 1.385991 }), uncertain(300, { y: 1.385991 })]).spread();
    expect(ignored).toMatchObject({ gsd2: "1.294409" });
    expect(Number(one.gsd2)).toBeGreaterThan(1.38);
  });

  it("survives a second border", () => {
    const middle = stating(expandDrivers([bought(50, supplier("a")), uncertain(50, { [GRID]: 1.5 })]));
    const end = combine([bought(200, middle, other)]); // nothing of it is the middle's own
    const [grid] = end.moments().filter(([key]) => key === GRID);
    expect(Number(grid?.[1]) / 200e18).toBeCloseTo(0.9 * Math.log(1.5), 8);
    expect(end.moments().map(([key]) => key)).toEqual(["attestation:smelter.example/feed#4", GRID]);
  });

  it("keeps the 64 largest drivers and puts the others into the rest, losing nothing of the total", () => {
    const amounts = Array.from({ length: 70 }, (_, at) =>
      uncertain(100 + at, { [`factor:grid@2024.1.0#${100 + at}`]: 1.5 }),
    );
    const stated = expandDrivers(amounts);
    expect(stated.drivers).toHaveLength(MAX_DRIVERS);
    expect(stated.drivers[0]?.source).toBe("factor:grid@2024.1.0#106");
    expect(combine(amounts).spread()).toMatchObject({ gsd2: footprintGsd2(stated) });
    expect(parseUncertainty(stating(stated))).toEqual(stated);
  });

  it("refuses what has no sources, or no total that they are relative to", () => {
    for (const amounts of [
      [],
      [{ nanoKg: 5n, sources: [] }],
      [uncertain(0, { [GRID]: 1.5 })],
      [uncertain(5, { [GRID]: 1 })],
      [uncertain(5, { [GRID]: 1.5 }), uncertain(-5, { x: 1.5 })],
    ]) {
      expect(() => expandDrivers(amounts)).toThrow("UNCERTAINTY_INVALID");
    }
  });
});
