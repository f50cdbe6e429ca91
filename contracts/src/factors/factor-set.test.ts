import { encodeBase64, hashLeaf, inclusionProof, isTallyError, merkleRoot } from "@tallystick/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FactorRow, factorRowBytes, parseFactorRow } from "./factor-row.ts";
import { checkFactorRows, type FactorSet, parseFactorSet, rowsRoot, sortRows, verifyFactorRow } from "./factor-set.ts";

const row = (key: string, value = "0.5"): FactorRow => ({
  key,
  label: `Factor ${key}`,
  kind: "value",
  value,
  denominator: "kWh",
  boundary: "generation",
  geography: { scheme: "iso-3166-1", code: "DE" },
  dataPeriod: { start: "2022-01-01", end: "2022-12-31" },
  source: "A table, page 1",
});
const ROWS = sortRows(
  ["electricity:DE", "electricity:AT", "electricity:FR", "diesel", "petrol"].map((key) => row(key)),
);
const SET: FactorSet = {
  id: "starter",
  version: "2024.1.0",
  title: "Starter",
  publisher: "Tallystick",
  source: "https://example.org/factors",
  licence: "Apache-2.0",
  redistribution: true,
  gwpSet: "AR5",
  priceBasis: { currency: "USD", year: 2022, price: "purchaser" },
  publishedOn: "2024-01-02",
  validFrom: "2023-01-01",
  rowCount: ROWS.length,
  rowsRoot: encodeBase64(rowsRoot(ROWS)),
};

describe("a set of several files", () => {
  const [first, second] = ["a", "b"].map((letter) => ({ name: `${letter}.csv`, sha256: letter.repeat(64) }));

  it("names each, the first one as its original", () => {
    const set = { ...SET, sha256: "a".repeat(64), files: [first, second] };
    expect(parseFactorSet(set)).toEqual(set);
    for (const files of [[first], [second, first], [first, { ...second, sha256: "b" }], []]) {
      expect(() => parseFactorSet({ ...set, files })).toThrow("FACTOR_SET_INVALID");
    }
  });
});

describe("factor rows", () => {
  it("keeps value, bound and not-available apart", () => {
    expect(parseFactorRow(row("a"))).toEqual(row("a"));
    expect(parseFactorRow({ ...row("zero"), value: "0" })).toMatchObject({ kind: "value", value: "0" });
    const { kind: _kind, value: _value, ...bare } = row("a") as FactorRow & { value: string };
    expect(parseFactorRow({ ...bare, kind: "bound", comparator: "<", value: "1" })).toMatchObject({ kind: "bound" });
    expect(parseFactorRow({ ...bare, kind: "not-available" })).toMatchObject({ kind: "not-available" });
    for (const bad of [
      { ...bare, kind: "value", value: "< 1" },
      { ...bare, kind: "value", value: "" },
      { ...bare, kind: "value" },
      { ...bare, kind: "value", value: 0.5 },
      { ...bare, kind: "bound", value: "1" },
      { ...bare, kind: "not-available", value: "0" },
    ]) {
      expect(() => parseFactorRow(bad)).toThrow("FACTOR_ROW_INVALID");
    }
  });

  it("keep a gas's figure as the source has it", () => {
    const gas = { gas: "co2", basis: "gas", value: "0.404", sourceText: "4.04e-01" };
    expect(parseFactorRow({ ...row("a"), gases: [gas] }).gases).toEqual([gas]);
    expect(() => parseFactorRow({ ...row("a"), gases: [{ ...gas, sourceText: "" }] })).toThrow("FACTOR_ROW_INVALID");
  });

  it.each([
    { key: "" },
    { key: "with space" },
    { key: "x".repeat(129) },
    { denominator: "ton" },
    { denominator: "t/TEU" },
    { denominator: "eur" },
    { geography: "DE" },
    { category: 16 },
    { dataPeriod: { start: "2022-12-31", end: "2022-01-01" } },
    { gases: [{ gas: "ch4", value: "1" }] },
    { source: "" },
    { extra: 1 },
  ])("refuses %j", (change) => {
    expect(() => parseFactorRow({ ...row("a"), ...change })).toThrow("FACTOR_ROW_INVALID");
  });

  it("throws only FACTOR_ROW_INVALID, whatever the value", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        try {
          parseFactorRow(value);
        } catch (error) {
          if (!isTallyError(error, "FACTOR_ROW_INVALID")) throw error;
        }
      }),
    );
  });
});

describe("factor sets", () => {
  it("takes a set and its rows", () => {
    expect(parseFactorSet(SET)).toEqual(SET);
    checkFactorRows(SET, ROWS);
  });

  it.each([
    { id: "Starter Set" },
    { version: "latest" },
    { sha256: "abc" },
    { gwpSet: "AR3" },
    { validTo: "2022-12-31" },
    { supersedes: "2024.1.0" },
    { rowCount: 0 },
    { rowCount: 100_001 },
    { rowsRoot: "AAAA" },
    { licence: undefined },
    { redistribution: "yes" },
  ])("refuses %j", (change) => {
    expect(() => parseFactorSet({ ...SET, ...change })).toThrow("FACTOR_SET_INVALID");
  });

  it("refuses rows that are not the declared ones [REG-4]", () => {
    const [first, ...others] = ROWS as [FactorRow, ...FactorRow[]];
    for (const rows of [
      others,
      [...ROWS].reverse(),
      [first, first, ...others.slice(1)],
      [{ ...first, value: "0.6" } as FactorRow, ...others],
    ]) {
      expect(() => checkFactorRows(SET, rows)).toThrow("FACTOR_SET_INVALID");
    }
    const { priceBasis: _basis, ...unpriced } = SET;
    expect(() => checkFactorRows(unpriced, [{ ...first, denominator: "USD" }, ...others])).toThrow("price-basis");
  });

  it("proves each row under the set's root, and nothing else [REG-4]", async () => {
    const hashes = ROWS.map((each) => hashLeaf(factorRowBytes(each)));
    for (const [index, each] of ROWS.entries()) {
      const proof = await inclusionProof((level, at) => subtree(hashes, level, at), index, ROWS.length);
      verifyFactorRow(SET, each, index, proof);
      expect(() => verifyFactorRow(SET, { ...each, label: "Other" }, index, proof)).toThrow("FACTOR_ROW_UNPROVEN");
      expect(() => verifyFactorRow(SET, each, (index + 1) % ROWS.length, proof)).toThrow("FACTOR_ROW_UNPROVEN");
      expect(() => verifyFactorRow(SET, each, index, proof.slice(1))).toThrow("FACTOR_ROW_UNPROVEN");
    }
  });
});

function subtree(hashes: readonly Uint8Array[], level: number, at: number): Uint8Array {
  const width = 2 ** level;
  return merkleRoot(hashes.slice(at * width, (at + 1) * width));
}
