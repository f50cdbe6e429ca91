import { existsSync } from "node:fs";
import { join } from "node:path";
import { isTallyError } from "@tallystick/proto";
import { z } from "zod";
import { type OutlierRelease, statementSchema } from "../core/change-kinds.ts";
import { registryError } from "../errors.ts";
import type { HeldRow } from "../factors/outlier-gate.ts";
import { readJson, replaceJson } from "./home-files.ts";

// releases.json of a proposal: the held rows that people let pass, each time with a reason. What is left keeps the version back.

/** How many held rows an error names. */
const MAX_NAMED = 20;
/** Most keys that a change names; the rest it counts. */
const MAX_KEYS_IN_CHANGE = 256;
const MAX_RELEASES = 32;

/** What somebody lets pass: these rows, or all that nobody let pass before; with the reason that stands in the log. */
export interface ReleaseRequest {
  readonly keys: readonly string[] | "all";
  readonly reason: string;
}

interface KeptRelease {
  readonly keys: readonly string[];
  readonly reason: string;
  /** Whether the rows were named one by one. */
  readonly named: boolean;
}

const fileSchema: z.ZodType<{ readonly v: 1; readonly releases: readonly KeptRelease[] }> = z.strictObject({
  v: z.literal(1),
  releases: z
    .array(z.strictObject({ keys: z.array(z.string()).min(1), reason: statementSchema, named: z.boolean() }))
    .max(MAX_RELEASES),
});

/**
 * Adds a release to those that lie in a proposal's folder, and says what they let pass together, as the change has it.
 *
 * @param held the rows that are held now: what was released before and is held no more counts no more
 * @throws FACTORS_HELD where rows are left; the releases are kept all the same. FACTOR_KEY_UNKNOWN for a row that is not held,
 * PROPOSAL_INVALID
 */
export async function releaseOutliers(
  { path, name }: { readonly path: string; readonly name: string },
  held: readonly HeldRow[],
  request: ReleaseRequest | undefined,
): Promise<readonly OutlierRelease[]> {
  const file = join(path, "releases.json");
  const isHeld = new Set(held.map(({ key }) => key));
  const kept = (await readReleases(file)).flatMap((release): KeptRelease[] => {
    const keys = release.keys.filter((key) => isHeld.has(key));
    return keys.length === 0 ? [] : [{ ...release, keys }];
  });
  const added = request === undefined ? undefined : toRelease(name, held, kept, request);
  if (added !== undefined) {
    kept.push(added);
    await writeReleases(file, kept);
  }
  const passed = new Set(kept.flatMap(({ keys }) => keys));
  const left = held.filter(({ key }) => !passed.has(key));
  if (left.length > 0) {
    const rows = left.slice(0, MAX_NAMED).map(({ key, label, reason }) => `${key} (${label}): ${reason}`);
    throw registryError("FACTORS_HELD", { set: name, held: left.length, rows });
  }
  return toChange(kept);
}

/** @throws FACTOR_KEY_UNKNOWN */
function toRelease(
  name: string,
  held: readonly HeldRow[],
  kept: readonly KeptRelease[],
  { keys: wanted, reason }: ReleaseRequest,
): KeptRelease | undefined {
  const passed = new Set(kept.flatMap(({ keys }) => keys));
  const isHeld = new Set(held.map(({ key }) => key));
  for (const key of wanted === "all" ? [] : wanted) {
    if (!isHeld.has(key)) throw registryError("FACTOR_KEY_UNKNOWN", { set: name, key });
  }
  const keys = [...new Set(wanted === "all" ? isHeld : wanted)].filter((key) => !passed.has(key)).sort();
  return keys.length === 0 ? undefined : { keys, reason, named: wanted !== "all" };
}

function toChange(kept: readonly KeptRelease[]): OutlierRelease[] {
  let free = MAX_KEYS_IN_CHANGE;
  return kept.map(({ keys, reason, named }) => {
    const isNamed = named && keys.length <= free;
    if (isNamed) free -= keys.length;
    return { rows: keys.length, ...(isNamed ? { keys } : {}), reason };
  });
}

const invalid = (path: string, reason: string, cause?: unknown): Error =>
  registryError("PROPOSAL_INVALID", { path, reason }, { cause });

async function readReleases(path: string): Promise<readonly KeptRelease[]> {
  if (!existsSync(path)) return [];
  try {
    return (await readJson(path, fileSchema)).releases;
  } catch (cause) {
    if (!isTallyError(cause)) throw cause;
    throw invalid(path, "no releases", cause);
  }
}

async function writeReleases(path: string, releases: readonly KeptRelease[]): Promise<void> {
  const parsed = fileSchema.safeParse({ v: 1, releases });
  if (!parsed.success) {
    throw invalid(path, `a reason is one line of at most 500 characters, and there are at most ${MAX_RELEASES}`);
  }
  await replaceJson(path, parsed.data);
}
