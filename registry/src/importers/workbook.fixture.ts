import { strToU8, zipSync } from "fflate";

/** A cell of a made workbook: a number as the text that the file stores, a text, or raw XML of the `<c>` element's inside. */
export type MadeCell = { readonly number: string } | { readonly text: string } | { readonly error: string } | null;

const letter = (index: number): string => String.fromCharCode(65 + index);
const escapeXml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

function cellXml(cell: MadeCell, address: string): string {
  if (cell === null) return "";
  if ("number" in cell) return `<c r="${address}"><v>${cell.number}</v></c>`;
  if ("error" in cell) return `<c r="${address}" t="e"><f>1/0</f><v>${cell.error}</v></c>`;
  return `<c r="${address}" t="inlineStr"><is><t>${escapeXml(cell.text)}</t></is></c>`;
}

/** The parts of a workbook with the given sheets of at most 26 columns. */
export function workbookParts(
  sheets: Readonly<Record<string, readonly (readonly MadeCell[])[]>>,
): Record<string, string> {
  const names = Object.keys(sheets);
  const parts: Record<string, string> = {
    "[Content_Types].xml": "<Types/>",
    "xl/workbook.xml": `<workbook xmlns:r="r"><sheets>${names
      .map((name, i) => `<sheet name="${escapeXml(name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`)
      .join("")}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `<Relationships>${names
      .map(
        (_, i) =>
          `<Relationship Id="rId${i + 1}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet${i + 1}.xml"/>`,
      )
      .join("")}</Relationships>`,
  };
  for (const [i, rows] of Object.values(sheets).entries()) {
    const xml = rows
      .map(
        (cells, row) =>
          `<row r="${row + 1}">${cells.map((cell, column) => cellXml(cell, `${letter(column)}${row + 1}`)).join("")}</row>`,
      )
      .join("");
    parts[`xl/worksheets/sheet${i + 1}.xml`] = `<worksheet><sheetData>${xml}</sheetData></worksheet>`;
  }
  return parts;
}

export function zipParts(parts: Readonly<Record<string, string>>): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(parts).map(([path, xml]) => [path, strToU8(xml)])));
}

/** A whole workbook. Text that is a plain number is a number cell. */
export function makeWorkbook(sheets: Readonly<Record<string, readonly (readonly string[])[]>>): Uint8Array {
  const cell = (text: string): MadeCell =>
    text === "" ? null : /^-?\d+(\.\d+)?(E-?\d+)?$/.test(text) ? { number: text } : { text };
  return zipParts(
    workbookParts(
      Object.fromEntries(Object.entries(sheets).map(([name, rows]) => [name, rows.map((row) => row.map(cell))])),
    ),
  );
}
