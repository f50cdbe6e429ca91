import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatExact } from "../exact/format-rational.ts";
import { compare, parseDecimal, rational } from "../exact/rational.ts";
import { unitOf } from "../units/unit.ts";
import { parseRateSet, type RateSet } from "./rate-set.ts";
import { convertMoney, type MoneyBasis, moneyUnit, toBasis } from "./to-basis.ts";

const RATES: RateSet = {
  id: "rates",
  version: "2024.1.0",
  title: "Rates",
  publishedOn: "2024-01-05",
  rates: [
    { currency: "EUR", year: 2023, perUsd: "0.8", source: "a central bank" },
    { currency: "SEK", year: 2022, perUsd: "10.12", source: "a central bank" },
    { currency: "SEK", year: 2023, perUsd: "10.61", source: "a central bank" },
  ],
  priceIndex: [
    { year: 2022, index: "292.655", source: "a statistics office" },
    { year: 2023, index: "304.702", source: "a statistics office" },
    { currency: "EUR", year: 2021, index: "107.8", source: "a statistics office of the union" },
    { currency: "EUR", year: 2023, index: "123.4", source: "a statistics office of the union" },
  ],
};
const USD_2022 = { currency: "USD", year: 2022 } as const;

describe("toBasis", () => {
  it("converts at the year's own rate, then deflates, exactly and in named steps", () => {
    const { value, steps } = toBasis(RATES, "304.702", "EUR", 2023, USD_2022);
    expect(formatExact(value)).toBe("365.81875");
    expect(steps.map(({ value, unit }) => `${value} ${unit}`)).toEqual(["380.8775 USD 2023", "365.81875 USD 2022"]);
    expect(steps[0]?.source).toBe("rates@2024.1.0: a central bank");
  });

  it("asks for no rate where none is needed", () => {
    const { value, steps } = toBasis(undefined, "5", "USD", 2022, USD_2022);
    expect([formatExact(value), steps]).toEqual(["5", []]);
    expect(formatExact(toBasis(undefined, "5", "EUR", 2022, { currency: "EUR", year: 2022 }).value)).toBe("5");
    expect(formatExact(toBasis(RATES, "10.12", "SEK", 2022, USD_2022).value)).toBe("1");
  });

  it("never takes another year's rate", () => {
    expect(() => toBasis(RATES, "1", "EUR", 2022, USD_2022)).toThrow("RATE_UNKNOWN");
    expect(() => toBasis(RATES, "1", "USD", 2021, USD_2022)).toThrow("RATE_UNKNOWN");
    expect(() => toBasis(RATES, "1", "USD", 2022, { currency: "USD", year: 2024 })).toThrow("RATE_UNKNOWN");
    expect(() => toBasis(undefined, "1", "EUR", 2023, USD_2022)).toThrow("RATE_UNKNOWN");
  });
});

describe("convertMoney", () => {
  const EUR_2021 = { currency: "EUR", year: 2021 } as const;

  it("goes through the dollar of the amount's own year, then by the index of the currency it arrives in", () => {
    const { value, steps } = convertMoney(RATES, parseDecimal("1061"), { currency: "SEK", year: 2023 }, EUR_2021);
    expect(steps.map(({ label, value, unit }) => `${label} = ${value} ${unit}`)).toEqual([
      "1061 SEK 2023 ÷ 10.61 SEK/USD (2023) = 100 USD 2023",
      "100 USD 2023 × 0.8 EUR/USD (2023) = 80 EUR 2023",
      `80 EUR 2023 × 107.8 ÷ 123.4 (price index 2021 ÷ 2023) = ${formatExact(value)} EUR 2021`,
    ]);
    expect(steps.at(-1)?.source).toBe("rates@2024.1.0: a statistics office of the union");
    expect(compare(value, rational(80n * 1078n, 1234n))).toBe(0);
  });

  it("takes no index of another currency", () => {
    const swedish = convertMoney.bind(undefined, RATES, parseDecimal("1"));
    expect(() => swedish({ currency: "SEK", year: 2023 }, { currency: "SEK", year: 2022 })).toThrow(
      'RATE_UNKNOWN {"what":"price-index","currency":"SEK","year":2023}',
    );
    expect(() => swedish({ currency: "EUR", year: 2023 }, { currency: "EUR", year: 2022 })).toThrow("RATE_UNKNOWN");
  });

  it("composes: by way of another currency of the year, or another year of the currency, nothing changes", () => {
    const amount = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }).map((n) => rational(n, 100n));
    const year = fc.constantFrom(2022, 2023);
    const currency = fc.constantFrom("USD", "SEK");
    fc.assert(
      fc.property(amount, currency, currency, year, year, (value, from, by, start, end) => {
        const direct = convertMoney(
          RATES,
          value,
          { currency: from, year: start },
          { currency: "USD", year: end },
        ).value;
        const way = [
          { currency: from, year: start },
          { currency: by, year: start },
          { currency: "USD", year: start },
          { currency: "USD", year: end },
        ];
        let indirect = value;
        for (const [at, next] of way.slice(1).entries()) {
          indirect = convertMoney(RATES, indirect, way[at] as MoneyBasis, next).value;
        }
        expect(compare(indirect, direct)).toBe(0);
      }),
    );
  });

  it("goes there and back without loss within a year, and in one currency", () => {
    const amount = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }).map((n) => rational(n, 7n));
    const pairs = fc.constantFrom(
      [
        { currency: "SEK", year: 2023 },
        { currency: "EUR", year: 2023 },
      ] as const,
      [
        { currency: "USD", year: 2022 },
        { currency: "SEK", year: 2022 },
      ] as const,
      [
        { currency: "EUR", year: 2021 },
        { currency: "EUR", year: 2023 },
      ] as const,
    );
    fc.assert(
      fc.property(amount, pairs, (value, [one, other]) => {
        const there = convertMoney(RATES, value, one, other).value;
        expect(compare(convertMoney(RATES, there, other, one).value, value)).toBe(0);
      }),
    );
  });

  it("names money as units are named", () => {
    expect(unitOf(moneyUnit(EUR_2021)).measures).toBe("money:EUR@2021");
  });
});

describe("parseRateSet", () => {
  it("takes a set", () => expect(parseRateSet(RATES)).toEqual(RATES));

  it.each([
    { rates: [...RATES.rates, RATES.rates[0]] },
    { priceIndex: [...RATES.priceIndex, RATES.priceIndex[0]] },
    { priceIndex: [...RATES.priceIndex, { currency: "USD", year: 2022, index: "1", source: "x" }] },
    { priceIndex: [{ currency: "euro", year: 2022, index: "1", source: "x" }] },
    { rates: [{ currency: "USD", year: 2022, perUsd: "1", source: "x" }] },
    { rates: [{ currency: "EUR", year: 2022, perUsd: "0", source: "x" }] },
    { rates: [{ currency: "EUR", year: 2022, perUsd: "-1", source: "x" }] },
    { rates: [{ currency: "EUR", year: 2022, perUsd: "one", source: "x" }] },
    { rates: [{ currency: "EUR", year: 2022, perUsd: "1" }] },
    { version: "new" },
  ])("refuses %j", (change) => {
    expect(() => parseRateSet({ ...RATES, ...change })).toThrow("RATES_INVALID");
  });
});
