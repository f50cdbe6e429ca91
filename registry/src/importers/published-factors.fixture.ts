import { existsSync } from "node:fs";
import { resolve } from "node:path";

const data = process.env.TALLYSTICK_DATA ?? resolve(import.meta.dirname, "../../../../shared/data");

/** True if the published data are on this machine. */
export const hasPublishedData: boolean = existsSync(data);
if (!hasPublishedData) console.warn(`SKIPPED, no published data at ${data}: the official files. Set TALLYSTICK_DATA.`);

/** Path of an official factor file. */
export function publishedFactors(...path: readonly string[]): string {
  return resolve(data, "factors", ...path);
}
