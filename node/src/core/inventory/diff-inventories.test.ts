import { formatNanoKg, parseNanoKg } from "@tallystick/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffInventories } from "./diff-inventories.ts";
import type { LineFigure } from "./line-figure.ts";

const figure = (id: string, nano: bigint, about: Partial<LineFigure> = {}): LineFigure => ({
  id,
  line: `line of ${id}`,
  category: 1,
  method: "average-data",
  evidence: "epa-hub@2023.1#diesel",
  kgCo2e: formatNanoKg(nano),
  ...about,
});
const unsupported = (id: string): LineFigure => ({ id, line: `line of ${id}`, category: 1, method: "unsupported" });
const attested = (id: string, nano: bigint, index: number): LineFigure =>
  figure(id, nano, { method: "supplier-specific", evidence: `smelter.example/feed#${index}`, final: true });

describe("diffInventories", () => {
  it.each([
    ["line-added", undefined, figure("L", 5n)],
    ["line-removed", figure("L", 5n), undefined],
    ["line-corrected", figure("L", 5n), figure("L", 6n, { line: "another line of L" })],
    ["now-supported", unsupported("L"), figure("L", 5n)],
    ["no-longer-supported", figure("L", 5n), unsupported("L")],
    ["other-method", figure("L", 5n), attested("L", 4n, 7)],
    ["other-attestation", attested("L", 5n, 7), attested("L", 4n, 9)],
    ["factor-version", figure("L", 5n), figure("L", 6n, { evidence: "epa-hub@2024.1#diesel" })],
    ["other-factor", figure("L", 5n), figure("L", 6n, { evidence: "epa-hub@2023.1#petrol" })],
    ["other-calculation", figure("L", 5n), figure("L", 6n)],
  ] as const)("names %s", (cause, before, after) => {
    const { lines, byCause } = diffInventories(
      before === undefined ? [] : [before],
      after === undefined ? [] : [after],
    );
    expect(lines.map((line) => line.cause)).toEqual([cause]);
    expect(Object.keys(byCause)).toEqual([cause]);
  });

  it("is silent about a line whose figure stays, whatever it rests on", () => {
    const { lines, unchangedLines } = diffInventories([attested("L", 5n, 7)], [attested("L", 5n, 9)]);
    expect([lines, unchangedLines]).toEqual([[], 1]);
  });

  it("puts the largest first, of either sign", () => {
    const before = [figure("a", 10n), figure("b", 10n), figure("c", 10n)];
    const after = [figure("a", 11n), figure("b", 2n), figure("c", 13n)];
    expect(diffInventories(before, after).lines.map(({ id }) => id)).toEqual(["b", "c", "a"]);
  });

  it("adds up: by cause, by category and by line, to the difference of the totals", () => {
    const figures = fc.uniqueArray(
      fc.record({
        id: fc.constantFrom(..."abcdefghij"),
        nano: fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
        category: fc.integer({ min: 1, max: 15 }),
        evidence: fc.constantFrom("s@1.0#x", "s@1.1#x", "t@1.0#y"),
        counted: fc.boolean(),
      }),
      { selector: ({ id }) => id },
    );
    const toFigures = (drawn: typeof figures extends fc.Arbitrary<infer T> ? T : never): LineFigure[] =>
      drawn.map(({ id, nano, category, evidence, counted }) =>
        counted ? figure(id, nano, { category, evidence }) : { ...unsupported(id), category },
      );
    const total = (texts: readonly string[]): bigint => texts.reduce((sum, text) => sum + parseNanoKg(text), 0n);
    fc.assert(
      fc.property(figures, figures, (a, b) => {
        const difference = diffInventories(toFigures(a), toFigures(b));
        const delta = parseNanoKg(difference.afterKgCo2e) - parseNanoKg(difference.beforeKgCo2e);
        expect(parseNanoKg(difference.deltaKgCo2e)).toBe(delta);
        expect(total(difference.lines.map((line) => line.deltaKgCo2e))).toBe(delta);
        expect(total(Object.values(difference.byCause).map((sum) => sum.deltaKgCo2e))).toBe(delta);
        expect(total(Object.values(difference.byCategory))).toBe(delta);
      }),
    );
  });
});
