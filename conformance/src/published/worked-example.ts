import { readFileSync } from "node:fs";
import { type CalculationResult, div, parsePactDecimal, type Rational, runCalculation } from "@tallystick/contracts";
import { publishedText } from "../published-data.ts";
import { fillTemplate, type Json } from "./example-template.ts";

/** A published worked example, as it stands in the file of them. */
export interface Example {
  readonly [name: string]: Json;
  readonly id: string;
  readonly expected_kgco2e: number | null;
}

/** How examples are written as a calculation, and what of it stands against them. */
export interface Case {
  readonly ids: readonly string[];
  readonly calculation: Json;
  readonly result?: Json;
  /** Path of the expected value; default `expected_kgco2e`. */
  readonly expected?: string;
  readonly near?: Readonly<Record<string, string>>;
  readonly says?: Json;
  readonly allGases?: boolean;
  /** Names of inputs with which the result grows in proportion. */
  readonly linearIn?: readonly string[];
  /** Names of inputs that are the example's and not the calculation's. */
  readonly idle?: readonly string[];
  readonly notDerived?: Readonly<Record<string, string>>;
}

/** The mapping of all examples. */
export const mapping = JSON.parse(
  readFileSync(new URL("../../vectors/worked-examples.json", import.meta.url), "utf8"),
) as {
  readonly cases: readonly Case[];
  readonly notRun: Readonly<Record<string, string>>;
};

/** What stands at a path. */
export const at = (value: unknown, path: string): Json =>
  path.split(".").reduce<unknown>((found, name) => (found as Record<string, unknown>)?.[name], value) as Json;

/** An example's calculation, run. What it is refused for is thrown. */
export function run(example: Example, { calculation }: Pick<Case, "calculation">): CalculationResult {
  const filled = fillTemplate(calculation, { $: example }) as Record<string, Json>;
  const result = runCalculation({ id: example.id, ...filled });
  if ("error" in result) throw new Error(`${example.id}: ${JSON.stringify(result.error)}`);
  return result;
}

/** An exact result as a fraction: "1/3", "12.5". */
export function parseExact(text: Json): Rational {
  const [n = "", d] = String(text).split("/");
  return d === undefined ? parsePactDecimal(n) : div(parsePactDecimal(n), parsePactDecimal(d));
}

/** The figure of a result that stands against the example's. */
export function resultOf(
  example: Example,
  { result = "exact" }: Pick<Case, "result">,
  of: CalculationResult,
): Rational {
  return parseExact(at(of, String(fillTemplate(result, { $: example }))));
}

/** All of a sector's gases: the example lists only those above 10⁻⁷ kg, and its figure has them all. */
export function withAllGases(example: Example): Example {
  const { naics } = example.inputs as { naics: string };
  const rows = publishedText("factors", "epa_supplychain_v1.3.0_naics_byghg_usd2022.csv")
    .split("\n")
    .filter((row) => row.startsWith(`${naics},`))
    .map((row) => row.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).map((cell) => cell.replaceAll('"', "")));
  const gases = rows.map(([, , gas = "", unit = "", , , kg = ""]) => ({ gas, unit, kg }));
  return { ...example, inputs: { ...(example.inputs as object), gases } };
}
