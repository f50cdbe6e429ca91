import { cellDecimal } from "@tallystick/registry";
import { type CellResult, fault, read } from "./cell-fault.ts";

/** How the numbers of a column are written. */
export interface NumberFormat {
  readonly decimal: "." | ",";
  /** What stands between groups of three digits; "space" is any blank that spreadsheets write there. */
  readonly thousands?: "." | "," | "'" | "space";
  /** The numbers are printed binary doubles: "0.30000000000000004" is meant as 0.3, as in a workbook. */
  readonly doubles?: boolean;
}

/** What a cell with a number says: the number as plain decimal text, and what stands beside it ("t", "€", "%"). */
export interface NumberCell {
  readonly value: string;
  readonly beside: string;
}

/** A point, and nothing between the thousands: 1234.56. */
export const PLAIN_NUMBERS: NumberFormat = { decimal: "." };
const MAX_CELL_LENGTH = 160;
const MAX_EXPONENT = 30;
/** One mark before three digits: a decimal mark, or one between thousands. */
const TWO_READINGS = /^([1-9]\d{0,2})([,.'])(\d{3})$/;
/** Spaces of every width, which stand between digits and before units. */
const SPACE = "[ \\u00a0\\u2000-\\u200a\\u202f\\u205f\\u3000]";
const SPACES = new RegExp(SPACE, "gu");
const SEPARATORS = { ".": "\\.", ",": ",", "'": "['\\u2019]", space: SPACE } as const;
const EDGES = new RegExp(`^${SPACE}+|${SPACE}+$`, "gu");

const patterns = new Map<string, RegExp>();

/** Whole numbers in groups of three, or in none; a mixture ("1.23.456") is not a number. */
function patternOf({ decimal, thousands }: NumberFormat): RegExp {
  const key = `${decimal}${thousands ?? ""}`;
  const known = patterns.get(key);
  if (known !== undefined) return known;
  const group = thousands === undefined ? "" : `\\d{1,3}(?:${SEPARATORS[thousands]}\\d{3})+|`;
  const made = new RegExp(`^(${group}\\d+)(?:${SEPARATORS[decimal]}(\\d+))?(?:[eE]([+-]?\\d{1,3}))?$`, "u");
  patterns.set(key, made);
  return made;
}

/** Text before the number, the number, text after it: "EUR 1.234,56", "(2 000,5) km". */
const PARTS =
  /^(?<sign>[-+\u2212]?)(?<before>[^\d.,()+\u2212-]*)(?<open>\(?)(?<inner>[-+\u2212]?)(?<digits>\d(?:[\d.,'\u2019 \u00a0\u2000-\u200a\u202f\u205f\u3000]*\d)?(?:[eE][+-]?\d{1,3}(?![\d\p{L}]))?)(?<after>[^\d()]*)(?<close>\)?)(?<trailing>[^()]*)$/u;

const MINUS = /[-\u2212]/u;

/**
 * Reads a number exactly. Negative are "-1", "1-" as ledgers of some systems have it, and "(1)" as accountants write; a cell that says so
 * twice is refused. What stands beside the number is handed on and not judged here.
 *
 * @param format Absent where nothing is declared: plain decimals then, of which "1.234" is refused, since it may be 1234.
 * @param stored The cell is a number of a workbook, which has a decimal point whatever the format says.
 */
export function readNumberCell(cell: string, format: NumberFormat | undefined, stored = false): CellResult<NumberCell> {
  if (stored) return readStored(cell);
  if (cell.length > MAX_CELL_LENGTH) return fault("number", `longer than ${MAX_CELL_LENGTH} characters`);
  const groups = PARTS.exec(cell.replace(EDGES, ""))?.groups;
  if (groups === undefined) return fault("number", "not a number");
  const { sign = "", before = "", open, inner = "", digits = "", after = "", close, trailing = "" } = groups;
  if ((open === "") !== (close === "")) return fault("number", "a parenthesis without its other half");
  let rest = `${after}${trailing}`;
  let minuses = [sign, inner].filter((mark) => MINUS.test(mark)).length + (open === "" ? 0 : 1);
  if (/^[-\u2212]/u.test(rest)) {
    rest = rest.slice(1);
    minuses += 1;
  }
  if (minuses > 1) return fault("number", "says twice that it is negative");
  const beside = [before, rest].map((text) => text.replace(EDGES, "")).filter((text) => text !== "");
  if (beside.length > 1) return fault("number", "has text on both sides of the number");
  const magnitude = readDigits(digits, format);
  if (!magnitude.ok) return magnitude;
  const negative = minuses === 1 && /[1-9]/.test(magnitude.value);
  return read({ value: negative ? `-${magnitude.value}` : magnitude.value, beside: beside[0] ?? "" });
}

function readStored(cell: string): CellResult<NumberCell> {
  const decimal = cellDecimal(cell);
  return decimal === undefined ? fault("number", "not a number") : read({ value: decimal.value, beside: "" });
}

function readDigits(digits: string, declared: NumberFormat | undefined): CellResult<string> {
  const format = declared ?? PLAIN_NUMBERS;
  const match = patternOf(format).exec(digits);
  if (match === null || (declared === undefined && TWO_READINGS.test(digits))) {
    return fault("number-format", isPlain(format) ? explainPlain(digits) : explain(digits, format));
  }
  const whole = (match[1] ?? "").replace(/\D/gu, "");
  const fraction = match[2] ?? "";
  const exponent = Number(match[3] ?? "0");
  if (Math.abs(exponent) > MAX_EXPONENT) return fault("number", `an exponent beyond ${MAX_EXPONENT}`);
  const plain = shift(whole, fraction, exponent);
  if (format.doubles !== true) return read(plain);
  const decimal = cellDecimal(plain);
  return decimal === undefined ? fault("number", "too long for a stored number") : read(decimal.value);
}

/** Plain decimal text times a power of ten, exactly: "12.5" by -2 is "0.125". */
export function scaleByTen(value: string, power: number): string {
  const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(value) ?? [];
  return `${sign}${shift(whole, fraction, power)}`;
}

function shift(whole: string, fraction: string, exponent: number): string {
  const all = whole + fraction;
  const point = whole.length + exponent;
  const padded = point > 0 ? all.padEnd(point, "0") : "0".repeat(1 - point) + all;
  const at = Math.max(point, 1);
  const left = padded.slice(0, at).replace(/^0+(?=\d)/, "");
  const right = padded.slice(at);
  return right === "" ? left : `${left}.${right}`;
}

const isPlain = ({ decimal, thousands }: NumberFormat): boolean => decimal === "." && thousands === undefined;

function explainPlain(digits: string): string {
  const ambiguous = TWO_READINGS.exec(digits);
  if (ambiguous !== null) {
    const [, left, , right] = ambiguous;
    return `"${digits}" can be ${left}.${right} or ${left}${right}: declare the number format in a mapping`;
  }
  return "not a plain decimal such as 1234.56: declare the number format in a mapping";
}

function explain(digits: string, { decimal, thousands }: NumberFormat): string {
  const groups = thousands === undefined ? "no thousands separator" : `thousands separator "${thousands}"`;
  const text = digits.slice(0, 40).replace(SPACES, " ");
  return `"${text}" does not fit the format declared: decimal "${decimal}", ${groups}`;
}
