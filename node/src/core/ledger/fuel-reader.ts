import type { FuelProperties, FuelProperty } from "@tallystick/contracts";
import { fault } from "./cell-fault.ts";
import type { FuelSource } from "./ledger-mapping.ts";
import type { RowContext, SourceReader } from "./source-reader.ts";

/** "830 kg/m3": a plain decimal and a ratio of two units. */
const PROPERTY = /^(\S+)\s+(\S+)$/;

/**
 * A reader of what a row's fuel measures: its name, whose figures they are, and the figures, each like "830 kg/m3", with semicolons between them.
 * All three are said, or none.
 */
export function fuelReader(
  reader: SourceReader,
  source: FuelSource,
): (context: RowContext) => FuelProperties | undefined {
  const name = reader.name(source.name);
  const cited = reader.text(source.source);
  const figures = reader.text(source.properties);
  return (context) => {
    const found = { name: name(context), cited: cited(context), figures: figures(context) };
    const said = Object.values(found).filter((one) => one !== undefined && !one.said);
    if (found.name === undefined || found.cited === undefined || found.figures === undefined) {
      if (said.length > 0) {
        context.faults.push(fault("fuel", "a fuel's name, its figures and their source go together"));
      }
      return undefined;
    }
    const properties: FuelProperty[] = [];
    for (const text of found.figures.text.split(";")) {
      const [, value = "", unit = ""] = PROPERTY.exec(text.trim()) ?? [];
      if (unit === "") {
        const place = found.figures.at === undefined ? {} : { at: found.figures.at };
        context.faults.push({ ...place, ...fault("fuel", 'not figures like "830 kg/m3; 45 GJ_gross/t"') });
        return undefined;
      }
      properties.push({ value, unit });
    }
    return { fuel: found.name.text, label: found.name.text, source: found.cited.text, properties };
  };
}
