import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe } from "vitest";

/** Where the published vectors and factor files lie: TALLYSTICK_DATA, else `../shared/data` beside the repository. */
const root: string =
  process.env.TALLYSTICK_DATA ?? resolve(dirname(fileURLToPath(import.meta.url)), "../../../shared/data");

/** True if the published data are on this machine. */
export const hasPublishedData: boolean = existsSync(root);

export function publishedPath(...path: readonly string[]): string {
  return join(root, ...path);
}

export function publishedBytes(...path: readonly string[]): Uint8Array {
  return readFileSync(publishedPath(...path));
}

export function publishedText(...path: readonly string[]): string {
  return readFileSync(publishedPath(...path), "utf8");
}

export function publishedJson<T>(...path: readonly string[]): T {
  return JSON.parse(publishedText(...path)) as T;
}

/** Every file below a folder, as paths relative to it, in order. */
export function publishedFiles(...path: readonly string[]): string[] {
  const base = publishedPath(...path);
  return (readdirSync(base, { recursive: true }) as string[])
    .filter((file) => statSync(join(base, file)).isFile())
    .sort();
}

/** As vitest's describe, over the published data; skips aloud where they are absent. */
export function describePublished(name: string, define: () => void): void {
  if (hasPublishedData) {
    describe(name, define);
    return;
  }
  console.warn(`SKIPPED, no published data at ${root}: ${name}. Set TALLYSTICK_DATA to the folder that holds them.`);
  describe.skip(name, () => {});
}
