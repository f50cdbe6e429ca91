import { createReadStream } from "node:fs";
import { basename } from "node:path";
import type { FuelPropertySet } from "@tallystick/contracts";
import type { Command } from "commander";
import { importFuelProperties } from "../importers/fuel-properties.ts";
import type { Runner } from "./factor-commands.ts";

/** `factors fuels`: what fuels measure, as a ledger line or a calculation takes it. */
export function addFuels(factors: Command, run: Runner): void {
  factors
    .command("fuels")
    .description("print the calorific values and densities of a publisher's workbook; needs no registry")
    .argument("<file>", "workbook of the EPA's hub, or of the UK conversion factors")
    .action((file: string, _options: unknown, command: Command) =>
      run(command, async (output) => {
        const read = await importFuelProperties({ name: basename(file), open: () => createReadStream(file) });
        output.result(read, () => renderFuels(read.set));
      }),
    );
}

function renderFuels({ id, version, title, fuels }: FuelPropertySet): string {
  const rows = fuels.map(({ fuel, source, properties }) =>
    [`  ${fuel}: ${properties.map(({ value, unit }) => `${value} ${unit}`).join(", ")}`, `    ${source}`].join("\n"),
  );
  return [`${id}@${version}: ${title}`, ...rows].join("\n");
}
