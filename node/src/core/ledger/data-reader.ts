import { fault } from "./cell-fault.ts";
import type { InCell, QuantitySource, ShareSource, Source } from "./ledger-mapping.ts";
import { type NumberFormat, PLAIN_NUMBERS, readNumberCell, scaleByTen } from "./number-cell.ts";
import { type FoundFault, meaningOf, type RowContext, type SourceReader } from "./source-reader.ts";

/** A number and its unit or currency, each absent where the row does not say it. */
export interface FoundQuantity {
  readonly value?: string;
  readonly unit?: string;
}

export type FoundShare =
  | { readonly share: string }
  | { readonly part: Required<FoundQuantity>; readonly whole: Required<FoundQuantity> };

type Reader<T> = (context: RowContext) => T;

/** The one currency sign that is not shared by several currencies. */
const SIGNS: Readonly<Record<string, string>> = { "€": "EUR" };

const isInCell = (source: Source | InCell): source is InCell => typeof source !== "string" && "inCell" in source;

/** A reader of a number and its unit, from two columns or from one. A unit beside the number must be the unit of its column. */
export function quantityReader(reader: SourceReader, source: QuantitySource): Reader<FoundQuantity> {
  const number = reader.number(source.value);
  if (isInCell(source.unit)) {
    const { values = {} } = source.unit;
    return (context) => {
      const found = number(context);
      if (found === undefined) return {};
      const unit = meaningOf(found.beside, values) ?? meaningOf(found.beside, SIGNS) ?? found.beside;
      if (unit !== "") return { value: found.value, unit };
      context.faults.push(at(found, fault("unit-missing", "has no unit or currency beside the number")));
      return {};
    };
  }
  const unit = reader.text(source.unit);
  const { unit: declared } = source;
  const values = typeof declared === "string" || "constant" in declared ? undefined : declared.values;
  return (context) => {
    const found = number(context);
    const named = unit(context);
    // What the mapping says of every row says nothing of a row without a number.
    if (found === undefined) return named === undefined || named.said ? {} : { unit: named.text };
    if (named === undefined) return { value: found.value };
    const beside = meaningOf(found.beside, values ?? {}) ?? meaningOf(found.beside, SIGNS) ?? found.beside;
    if (beside !== "" && beside !== named.text) {
      const message = `has "${found.beside.slice(0, 40)}" beside the number, and the row's unit is ${named.text}`;
      context.faults.push(at(found, fault("unit-mismatch", message)));
    }
    return { value: found.value, unit: named.text };
  };
}

/** A reader of a share: one cell, or a part and a whole in columns of their own. */
export function shareReader(reader: SourceReader, source: ShareSource): Reader<FoundShare | undefined> {
  if (typeof source === "object" && "part" in source) {
    const part = quantityReader(reader, source.part);
    const whole = quantityReader(reader, source.whole);
    return (context) => {
      const [one, all] = [part(context), whole(context)];
      if (isWhole(one) && isWhole(all)) return { part: one, whole: all };
      const said = [one.value, one.unit, all.value, all.unit].filter((text) => text !== undefined);
      if (said.length > 0) context.faults.push(fault("share", "a part and a whole go together, each with its unit"));
      return undefined;
    };
  }
  const text = reader.text(source);
  const format = reader.formatOf(source);
  return (context) => {
    const found = text(context);
    if (found === undefined) return undefined;
    const share = readShare(found.text, found.said ? PLAIN_NUMBERS : format, found.stored);
    if ("rule" in share) context.faults.push(at(found, share));
    else return share;
    return undefined;
  };
}

const isWhole = (found: FoundQuantity): found is Required<FoundQuantity> =>
  found.value !== undefined && found.unit !== undefined;

function at(found: { readonly at?: number }, { rule, message }: { rule: string; message: string }): FoundFault {
  return { ...(found.at === undefined ? {} : { at: found.at }), rule, message };
}

const ZERO_TO_ONE = /^(?:0(?:\.\d+)?|1(?:\.0+)?)$/;

function readShare(
  cell: string,
  format: NumberFormat | undefined,
  stored: boolean,
): FoundShare | { rule: string; message: string } {
  const sides = cell.split(" / ");
  if (sides.length === 1) {
    const result = readNumberCell(cell, format, stored);
    if (!result.ok) return result;
    const { value, beside } = result.value;
    if (beside !== "" && beside !== "%") {
      return fault("share", `"${beside.slice(0, 40)}" is no share's unit: write 0.25, 25 % or 200 m2 / 2000 m2`);
    }
    const share = beside === "%" ? scaleByTen(value, -2) : value;
    return ZERO_TO_ONE.test(share)
      ? { share }
      : fault("share", `${share} is no share from 0 to 1: 25 of a hundred is 25 %`);
  }
  const quantities: Required<FoundQuantity>[] = [];
  for (const side of sides) {
    const result = readNumberCell(side, format);
    if (!result.ok) return result;
    quantities.push({ value: result.value.value, unit: result.value.beside });
  }
  const [part, whole, ...more] = quantities;
  if (part === undefined || whole === undefined || more.length > 0 || part.unit === "" || whole.unit === "") {
    return fault("share", "not a part and a whole with their units, such as 200 m2 / 2000 m2");
  }
  return { part, whole };
}
