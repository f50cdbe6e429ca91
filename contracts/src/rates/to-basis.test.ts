import { describe, expect, it } from "vitest";
import { formatExact } from "../exact/format-rational.ts";
import { parseRateSet, type RateSet } from "./rate-set.ts";
import { toBasis } from "./to-basis.ts";

const RATES: RateSet = {
  id: "rates",
  version: "2024.1.0",
  title: "Rates",
  publishedOn: "2024-01-05",
  rates: [
    { currency: "EUR", year: 2023, perUsd: "0.8", source: "a central bank" },
    { currency: "SEK", year: 2022, perUsd: "10.12", source: "a central bank" },
  ],
  priceIndex: [
    { year: 2022, index: "292.655", source: "a statistics office" },
    { year: 2023, index: "304.702", source: "a statistics office" },
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
    expect(toBasis(undefined, "5", "USD", 2022, USD_2022)).toEqual({ value: { n: 5n, d: 1n }, steps: [] });
    expect(formatExact(toBasis(RATES, "10.12", "SEK", 2022, USD_2022).value)).toBe("1");
  });

  it("never takes another year's rate", () => {
    expect(() => toBasis(RATES, "1", "EUR", 2022, USD_2022)).toThrow("RATE_UNKNOWN");
    expect(() => toBasis(RATES, "1", "USD", 2021, USD_2022)).toThrow("RATE_UNKNOWN");
    expect(() => toBasis(RATES, "1", "USD", 2022, { currency: "USD", year: 2024 })).toThrow("RATE_UNKNOWN");
    expect(() => toBasis(undefined, "1", "EUR", 2023, USD_2022)).toThrow("RATE_UNKNOWN");
  });
});

describe("parseRateSet", () => {
  it("takes a set", () => expect(parseRateSet(RATES)).toEqual(RATES));

  it.each([
    { rates: [...RATES.rates, RATES.rates[0]] },
    { priceIndex: [...RATES.priceIndex, RATES.priceIndex[0]] },
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
