import { type CalculationRefusal, type CalculationResult, runCalculationFile } from "@tallystick/contracts";
import type { Command } from "commander";
import { parseJsonFile } from "../parse-json-file.ts";
import { readInput } from "../read-input.ts";
import { run } from "../run.ts";

export function addCalculateCommand(program: Command): void {
  program
    .command("calculate")
    .description("compute calculations of a file by the methods of the GHG Protocol: offline, with no node")
    .argument("<file>", "JSON; docs/calculation-files.md says how it is written")
    .option("--steps", "show every intermediate result")
    .action((file: string, options: { steps?: true }, command: Command) =>
      run(command, async (output) => {
        const results = runCalculationFile(parseJsonFile(file, await readInput(file)));
        output.result({ results }, () => results.map((result) => render(result, options.steps === true)).join("\n"));
        // Whoever checks only the exit code must not take a refused calculation for a computed one.
        if (results.some((result) => "error" in result)) process.exitCode = 1;
      }),
    );
}

function render(result: CalculationResult | CalculationRefusal, withSteps: boolean): string {
  if ("error" in result) {
    const facts = Object.entries(result.error.details).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`);
    return [`${result.id}: ${result.error.code}`, ...facts].join("\n");
  }
  const {
    id,
    kgCo2e,
    value,
    unit = "",
    formula,
    gwp,
    parts = {},
    accounts = {},
    gases = {},
    biogenicKgCo2,
    steps = [],
  } = result;
  return [
    `${id}: ${kgCo2e === undefined ? `${value ?? result.exact} ${unit}` : `${kgCo2e} kg CO2e`}`,
    ...(kgCo2e !== undefined && value !== undefined ? [`  ${value} ${unit}`] : []),
    ...(formula === undefined ? [] : [`  = ${formula}`]),
    ...(gwp === undefined ? [] : [`  GWPs: ${gwp}`]),
    ...Object.entries(parts).map(([name, kg]) => `  ${name}: ${kg}`),
    ...Object.entries(accounts).map(([name, kg]) => `  apart, ${name}: ${kg} kg CO2e`),
    ...Object.entries(gases).map(([gas, { kg, kgCo2e: co2e }]) => `  ${gas}: ${kg ?? "?"} kg, ${co2e} kg CO2e`),
    ...(biogenicKgCo2 === undefined ? [] : [`  apart, CO2 of biomass: ${biogenicKgCo2} kg`]),
    ...(withSteps ? steps.map((step) => `    ${step.label} = ${step.value} ${step.unit}`) : []),
  ].join("\n");
}
