/** What a cell that holds a number says. */
export interface CellDecimal {
  /** Plain decimal text: no exponent, no plus sign. Differs from the cell where that is not plain or carries binary digits. */
  readonly value: string;
  /** True where even the shortest decimal of the cell's double has more digits than anyone meant: `value` was rounded. */
  readonly noise: boolean;
}

const NUMBER = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;
const MAX_CELL_LENGTH = 64;
const MAX_EXPONENT = 30;
/** Every decimal of so many significant digits survives a double, so a cell of no more is taken as it stands. */
const EXACT_DIGITS = 15;

/**
 * Reads the number of a cell as exact decimal text; undefined where the cell is no number ("", "NA", "NaN", "<1", "1,000").
 *
 * Spreadsheets store doubles and write them with 17 digits: 9.9499999999999993 is how they write 9.95. A cell of more
 * than 15 significant digits is therefore read as a double and written as the shortest decimal that names that double.
 * Where that too has 16 digits or more (0.20707428859060403), the last ones are binary noise, and it is rounded half-even to 15.
 */
export function cellDecimal(cell: string): CellDecimal | undefined {
  if (cell.length > MAX_CELL_LENGTH) return undefined;
  const read = readNumber(cell);
  if (read === undefined) return undefined;
  if (significantDigits(read.digits) <= EXACT_DIGITS) return { value: toPlain(read), noise: false };
  const shortest = readNumber(String(Number(cell)));
  if (shortest === undefined) return undefined;
  if (significantDigits(shortest.digits) <= EXACT_DIGITS) return { value: toPlain(shortest), noise: false };
  return { value: toPlain(roundTo15(shortest)), noise: true };
}

/** ±0.d₁d₂… · 10^point: all digits, and how many of them stand before the decimal point. */
interface Scientific {
  readonly negative: boolean;
  readonly digits: string;
  readonly point: number;
}

function readNumber(text: string): Scientific | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponentText = "0"] = match;
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  return { negative: sign === "-", digits: whole + fraction, point: whole.length + exponent };
}

function significantDigits(digits: string): number {
  return digits.replace(/^0+/, "").replace(/0+$/, "").length;
}

function roundTo15({ negative, digits, point }: Scientific): Scientific {
  const zeros = digits.length - digits.replace(/^0+/, "").length;
  const keep = zeros + EXACT_DIGITS;
  const kept = BigInt(digits.slice(0, keep));
  const rest = digits.slice(keep);
  const half = `5${"0".repeat(rest.length - 1)}`;
  // Strings of equal length compare as numbers do.
  const up = rest > half || (rest === half && kept % 2n === 1n);
  const rounded = String(kept + (up ? 1n : 0n)).padStart(keep, "0");
  return { negative, digits: rounded.replace(/0+$/, "") || "0", point: point + (rounded.length - keep) };
}

function toPlain({ negative, digits, point }: Scientific): string {
  const padded = point > 0 ? digits.padEnd(point, "0") : "0".repeat(1 - point) + digits;
  const at = Math.max(point, 1);
  const whole = padded.slice(0, at).replace(/^0+(?=\d)/, "");
  const fraction = padded.slice(at);
  const magnitude = fraction === "" ? whole : `${whole}.${fraction}`;
  return negative && /[1-9]/.test(magnitude) ? `-${magnitude}` : magnitude;
}
