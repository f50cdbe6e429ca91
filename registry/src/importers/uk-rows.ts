import {
  abs,
  add,
  type ByGasRow,
  compare,
  type FactorGas,
  type FactorRow,
  type GwpSet,
  mul,
  parseDecimal,
  type Rational,
  rational,
  sub,
  sum,
} from "@tallystick/contracts";
import { cellDecimal } from "./cell-decimal.ts";
import type { ImportNotice } from "./import-report.ts";
import { type CellPlace, invalidAt, type RowReport } from "./row-report.ts";
import { ukReleaseOf } from "./uk-gases.ts";
import { basketOf, type UkHeadings, type UkPath, ukPathOf } from "./uk-path.ts";
import { UK_REGION_SCHEME } from "./uk-places.ts";
import { type UkFigureKind, ukFigureKind } from "./uk-units.ts";

/** One figure of the UK conversion factors, where it stands. */
export interface UkFigure {
  readonly place: CellPlace;
  readonly headings: UkHeadings;
  /** "kg CO2e", "kg CO2e of CH4 per unit", "kg CH4". */
  readonly label: string;
  readonly cell: string;
  /** Citation within the publication: "flat file, row 12". */
  readonly source: string;
}

/** The sheet of CO2 of biomass. */
const BIOGENIC = "outside-of-scopes/";
const ENERGY = { of: "energy" } as const;

/** A total that its gases miss by more than a tenth of it is no rounding. */
const SLIP = rational(10n, 1n);

type Gas = "co2" | "ch4" | "n2o";

interface Group {
  readonly first: UkFigure;
  readonly path: UkPath;
  total?: UkFigure;
  readonly gases: Map<Gas, UkFigure>;
}

/** Figures as they come, gathered into factors: one for each path and unit, with its gases. */
export class UkRows {
  readonly #report: RowReport;
  readonly #groups = new Map<string, Group>();
  /** First figure under each label that calls CO2e of a gas a mass of it, and how many there are. */
  readonly #massLabels = new Map<string, { readonly first: CellPlace; count: number }>();

  constructor(report: RowReport) {
    this.#report = report;
  }

  /**
   * Takes a figure. Energy per distance is left out, with a notice: it is no factor of emissions.
   * @throws FACTOR_FILE_INVALID at headings or a unit that are not known here, and at a figure twice
   */
  add(figure: UkFigure): void {
    const { place, headings } = figure;
    // A label that strayed into a sheet of energy use cannot mean anything else.
    const kind = ukFigureKind(figure.label) ?? (headings.subject.includes("kWh") ? ENERGY : undefined);
    if (kind === undefined) throw invalidAt(place, `"${figure.label.slice(0, 40)}" is no figure that is known here`);
    if (kind.of === "energy") this.#leaveOutEnergy(figure);
    else this.#addEmissions(figure, kind);
  }

  #addEmissions(figure: UkFigure, kind: Exclude<UkFigureKind, { of: "energy" }>): void {
    const { place, headings } = figure;
    const path = ukPathOf(headings);
    if (path === undefined) {
      const found = [headings.subject, ...headings.levels, headings.unit].join(" | ").slice(0, 160);
      throw invalidAt(place, `a sheet, unit or country that is not known here: ${found}`);
    }
    const group = this.#groups.get(path.key) ?? { first: figure, path, gases: new Map<Gas, UkFigure>() };
    this.#groups.set(path.key, group);
    const other = kind.of === "total" ? group.total : group.gases.get(kind.gas);
    if (other !== undefined) this.#repeat(other, figure, path.key);
    else if (kind.of === "total") group.total = figure;
    else group.gases.set(kind.gas, figure);
    this.#countLabel(figure, kind);
  }

  /** What the factors' totals are, as far as they are numbers. */
  totals(): { readonly path: UkPath; readonly value: string }[] {
    return [...this.#groups.values()].flatMap(({ path, total }) => {
      const value = cellDecimal(total?.cell ?? "")?.value;
      return value === undefined ? [] : [{ path, value }];
    });
  }

  /** Adds the factors to the report, which are under that GWP set. @throws FACTOR_FILE_INVALID */
  finish(gwpSet: GwpSet): void {
    for (const [label, { first, count }] of this.#massLabels) {
      const done = `read as kg CO2e of the gas, as which the gases come to the total: ${count} rows`;
      this.#report.notice(first, { trap: "co2e-of-gas", found: label, done });
    }
    for (const group of this.#groups.values()) {
      const { first, path } = group;
      if (path.geography.scheme === UK_REGION_SCHEME) {
        const done = "kept under a scheme of its own: no country is taken to lie in it";
        this.#notice(first, { trap: "own-region", found: path.label, done, key: path.key });
      }
      this.#report.add(first.place, this.#rowOf(group, gwpSet));
    }
  }

  #leaveOutEnergy(figure: UkFigure): void {
    if (figure.cell === "") return;
    if (ukFigureKind(figure.label)?.of !== "energy") {
      this.#notice(figure, {
        trap: "stray-label",
        found: figure.label,
        done: "read as kWh, as its sheet holds nothing else",
      });
    }
    this.#notice(figure, { trap: "energy-use", found: figure.cell, done: "left out: energy, not emissions" });
  }

  #repeat(first: UkFigure, second: UkFigure, key: string): void {
    if (first.cell !== second.cell) {
      throw invalidAt(second.place, `${key} is "${first.cell.slice(0, 30)}" in row ${first.place.row}`);
    }
    this.#notice(second, {
      trap: "duplicate",
      found: second.cell,
      done: `left out: the same in row ${first.place.row}`,
      key,
    });
  }

  #countLabel({ place, label }: UkFigure, kind: UkFigureKind): void {
    // A kilogram of CO2 is one of CO2e.
    if (kind.of !== "gas" || !kind.labelledAsMass || kind.gas === "co2") return;
    const counted = this.#massLabels.get(label);
    if (counted === undefined) this.#massLabels.set(label, { first: { ...place, column: "ghg_unit" }, count: 1 });
    else counted.count += 1;
  }

  #notice(figure: UkFigure, what: Pick<ImportNotice, "trap" | "found" | "done" | "key">): void {
    this.#report.notice(figure.place, what);
  }

  #rowOf({ first, path, total, gases }: Group, gwpSet: GwpSet): FactorRow {
    const base = { ...path, source: (total ?? first).source };
    if (total?.cell === "" && [...gases.values()].every(({ cell }) => cell === "")) {
      this.#notice(total, { trap: "blank", found: "", done: "not available", key: path.key });
      return { ...base, kind: "not-available" };
    }
    const published = [...gases].flatMap(([gas, figure]) => this.#gas(gas, figure, path) ?? []);
    if (total === undefined && path.key.startsWith(BIOGENIC)) {
      return published.length === 0
        ? { ...base, kind: "not-available" }
        : { ...base, kind: "by-gas", gases: published };
    }
    if (total === undefined || total.cell === "") return this.#withoutTotal(base, total ?? first, published);
    const [, comparator, bound] = /^([<>]) ?(\d+(?:\.\d+)?)$/.exec(total.cell) ?? [];
    if (bound !== undefined) {
      const done = "kept as a bound, which nothing is calculated with";
      this.#notice(total, { trap: "bound", found: total.cell, done, key: path.key });
      const comparison = { comparator: comparator === "<" ? "<" : ">", value: bound, sourceText: total.cell } as const;
      return { ...base, kind: "bound", ...comparison };
    }
    const figure = this.#report.decimal(total.place, total.cell, path.key);
    if (published.length > 0) this.#checkSum(total, figure.value, published, path.key);
    else published.push(...this.#released(total, path, figure.value, gwpSet));
    return { ...base, kind: "value", ...figure, ...(published.length === 0 ? {} : { gases: published }) };
  }

  /** Gases alone are a factor only where all three are there. */
  #withoutTotal(base: Omit<ByGasRow, "kind" | "gases">, at: UkFigure, gases: readonly FactorGas[]): FactorRow {
    const isWhole = gases.length === 3;
    const done = isWhole ? "no kg CO2e: by gas" : "not available";
    this.#notice(at, { trap: "blank", found: "", done, key: base.key });
    return isWhole ? { ...base, kind: "by-gas", gases } : { ...base, kind: "not-available" };
  }

  #gas(gas: Gas, figure: UkFigure, { key }: UkPath): FactorGas | undefined {
    if (figure.cell === "") {
      this.#notice(figure, { trap: "blank", found: "", done: `no ${gas}`, key });
      return undefined;
    }
    const read = this.#report.decimal(figure.place, figure.cell, key);
    if (!key.startsWith(BIOGENIC)) return { gas, basis: "co2e", ...read };
    if (gas !== "co2") throw invalidAt(figure.place, `${gas} outside the scopes`);
    return { gas: "co2-biogenic", basis: "gas", ...read };
  }

  /** The gases of what is released, where they are known and come to the figure. */
  #released(total: UkFigure, { key, path, boundary }: UkPath, value: string, gwpSet: GwpSet): readonly FactorGas[] {
    if (!key.startsWith("refrigerant-other/")) return [];
    const name = path[2] ?? "";
    if (name.includes("-I0")) {
      this.#notice(total, { trap: "stray-label", found: name, done: "read with a 1 for the capital I", key });
    }
    const released = ukReleaseOf(name, basketOf(boundary), value, gwpSet);
    if (released === undefined || released.isBorneOut) return released?.gases ?? [];
    const done = "the figure is kept, the gases are not: they do not come to it";
    this.#notice(total, { trap: "inconsistent", found: `${name}: ${value}`, done, key });
    return [];
  }

  /** Each figure is rounded by itself, so the gases may miss the total by half a unit of the last digit of each. */
  #checkSum(total: UkFigure, value: string, gases: readonly FactorGas[], key: string): void {
    const figures = [value, ...gases.map((gas) => gas.value)];
    const gap = abs(sub(sum(gases.map((gas) => parseDecimal(gas.value))), parseDecimal(value)));
    if (compare(gap, figures.map(halfDigit).reduce(add)) <= 0) return;
    if (compare(mul(gap, SLIP), abs(parseDecimal(value))) > 0) {
      const said = gases.map((gas) => gas.value).join(" + ");
      throw invalidAt(total.place, `${value} beside gases of ${said}: a slip of the point, or of the row`);
    }
    const found = `${value} for ${gases.map((gas) => gas.value).join(" + ")}`;
    this.#notice(total, { trap: "rounding-gap", found, done: "both kept: beyond the roundings of the figures", key });
  }
}

function halfDigit(value: string): Rational {
  return rational(1n, 2n * 10n ** BigInt(value.split(".")[1]?.length ?? 0));
}
