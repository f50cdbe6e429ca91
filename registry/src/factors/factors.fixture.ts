import {
  type FactorRow,
  type FactorSet,
  parseFactorRow,
  parseFactorSet,
  parseRateSet,
  type RateSet,
  rowsRoot,
  sortRows,
} from "@tallystick/contracts";
import { encodeBase64 } from "@tallystick/proto";
import type { FactorSetWithRows } from "../starter/starter-set.ts";

/** A row of 1 kg CO2e per USD, changed. */
export function rowOf(changed: object = {}): FactorRow {
  return parseFactorRow({
    kind: "value",
    key: "soy",
    label: "Soybean farming",
    value: "1",
    denominator: "USD",
    boundary: "cradle-to-gate",
    geography: { scheme: "iso-3166-1", code: "US" },
    source: "fixture",
    ...changed,
  });
}

/** A set of these rows, in AR4 and US dollars of 2021, changed. */
export function setOf(rows: readonly FactorRow[], changed: Partial<FactorSet> = {}): FactorSetWithRows {
  const sorted = sortRows(rows);
  const set = parseFactorSet({
    id: "fixture-factors",
    version: "1.0.0",
    title: "Fixture",
    publisher: "fixture",
    source: "fixture",
    licence: "CC0-1.0",
    redistribution: true,
    gwpSet: "AR4",
    priceBasis: { currency: "USD", year: 2021, price: "purchaser" },
    publishedOn: "2024-01-01",
    validFrom: "2024-01-01",
    rowCount: sorted.length,
    rowsRoot: encodeBase64(rowsRoot(sorted)),
    ...changed,
  });
  return { set, rows: sorted };
}

/** Dollars lose a fifth of their worth from 2021 to 2022. */
export const RATES: RateSet = parseRateSet({
  id: "fixture-rates",
  version: "1.0.0",
  title: "Fixture",
  publishedOn: "2024-01-01",
  rates: [{ currency: "EUR", year: 2022, perUsd: "0.8", source: "fixture" }],
  priceIndex: [
    { year: 2021, index: "100", source: "fixture" },
    { year: 2022, index: "125", source: "fixture" },
  ],
});
