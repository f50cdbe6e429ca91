import { FACTOR_KEY, type FactorRow, type FactorSet, parseFactorSet, rowsRoot, sortRows } from "@tallystick/contracts";
import { encodeBase64 } from "@tallystick/proto";
import { z } from "zod";
import { registryError } from "../errors.ts";
import type { FactorSetWithRows } from "../starter/starter-set.ts";
import { SET_NAME, setName } from "./factor-version.ts";

/** One factor that a publisher names otherwise than in the version before. */
export interface Rename {
  /** Its key in the superseded version, which it keeps. */
  readonly from: string;
  /** The key that follows from its new labels. */
  readonly to: string;
  /** Its activity in the superseded version, where that is not the key. */
  readonly activity?: string;
  /** What shows that the two are one. */
  readonly reason: string;
  /** Only what a person confirmed is applied. */
  readonly confirmed: boolean;
  /** Who confirmed it. */
  readonly by?: string;
}

/** The renames from one version of a set to the next. A document of its own, reviewed by people. */
export interface RenameMap {
  readonly v: 1;
  readonly set: string;
  readonly version: string;
  readonly supersedes: string;
  readonly renames: readonly Rename[];
}

const MAX_RENAMES = 100_000;
const key = z.string().regex(FACTOR_KEY, "not a factor's key");
const text = z.string().min(1).max(500);

const renameSchema: z.ZodType<Rename> = z
  .strictObject({
    from: key,
    to: key,
    activity: key.exactOptional(),
    reason: text,
    confirmed: z.boolean(),
    by: text.exactOptional(),
  })
  .refine(({ from, to }) => from !== to, "renames a key to itself")
  .refine(({ confirmed, by }) => !confirmed || by !== undefined, "confirmed by nobody");

const renameMapSchema: z.ZodType<RenameMap> = z
  .strictObject({
    v: z.literal(1),
    set: text,
    version: text,
    supersedes: text,
    renames: z.array(renameSchema).max(MAX_RENAMES),
  })
  .refine(({ set, version, supersedes }) => [version, supersedes].every((of) => SET_NAME.test(`${set}@${of}`)), {
    message: "not two versions of a set",
  })
  .refine(({ version, supersedes }) => version !== supersedes, "supersedes itself")
  .refine(({ renames }) => isUnique(renames.map(({ from }) => from)) && isUnique(renames.map(({ to }) => to)), {
    message: "a key twice",
  });

const isUnique = (keys: readonly string[]): boolean => new Set(keys).size === keys.length;

/** @throws FACTOR_FILE_INVALID */
export function parseRenameMap(name: string, value: unknown): RenameMap {
  const parsed = renameMapSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const column = (issue?.path ?? []).join(".").slice(0, 80);
  throw invalidMap(name, column, issue?.message ?? "not a rename map");
}

function invalidMap(file: string, column: string, reason: string): Error {
  return registryError("FACTOR_FILE_INVALID", { file, row: 0, column, reason });
}

/** The name under which a factor was first published. */
export interface FirstName {
  readonly key: string;
  readonly activity?: string;
  /** Where the version itself renames it: the version that it was renamed from. */
  readonly newSince?: string;
}

/**
 * By the keys that follow from a version's labels: the names that these factors were first published under. Beside the map of the version
 * itself, those of the versions that it follows count, back to the first. What is not confirmed does not count.
 */
export function firstNames(set: FactorSet, maps: readonly RenameMap[]): ReadonlyMap<string, FirstName> {
  const chain = chainOf(set, maps);
  const steps = chain.map(
    ({ renames }) => new Map(renames.filter(({ confirmed }) => confirmed).map((rename) => [rename.to, rename])),
  );
  const names = new Map<string, FirstName>();
  for (const [at, step] of steps.entries()) {
    const map = chain[at] as RenameMap;
    const newSince = map.version === set.version ? { newSince: map.supersedes } : {};
    for (const [published, rename] of step) {
      // Published under that name in between, and under another since: the later step has led here.
      if (names.has(published)) continue;
      const first = steps.slice(at + 1).reduce((found, earlier) => earlier.get(found.from) ?? found, rename);
      names.set(published, {
        key: first.from,
        ...(first.activity === undefined ? {} : { activity: first.activity }),
        ...newSince,
      });
    }
  }
  return names;
}

/**
 * A version whose factors have the keys and activities under which they were first published, as `firstNames` has them. The labels stay
 * the new ones, and a row that the version itself renames says so.
 *
 * @throws FACTOR_FILE_INVALID where a key that a factor is to have is another one's
 */
export function applyRenames(proposed: FactorSetWithRows, maps: readonly RenameMap[]): FactorSetWithRows {
  const { set } = proposed;
  const names = firstNames(set, maps);
  if (!proposed.rows.some(({ key }) => names.has(key))) return proposed;
  const rows = sortRows(proposed.rows.map((row) => underFirstName(row, names.get(row.key), set)));
  const twice = rows.find((row, at) => row.key === rows[at + 1]?.key);
  if (twice !== undefined) throw invalidMap(setName(set), twice.key, "is two factors' key");
  return { set: parseFactorSet({ ...set, rowsRoot: encodeBase64(rowsRoot(rows)) }), rows };
}

function underFirstName(row: FactorRow, name: FirstName | undefined, { supersedes }: FactorSet): FactorRow {
  if (name === undefined) return row;
  const { activity: _, ...rest } = row;
  const renamed: FactorRow = {
    ...rest,
    key: name.key,
    ...(name.activity === undefined ? {} : { activity: name.activity }),
  };
  if (name.newSince === undefined || name.newSince !== supersedes || row.change !== undefined) return renamed;
  return { ...renamed, change: { reason: "rename", note: `published as ${row.key}` } };
}

/** The maps that lead from a version back to the first, the latest first. */
function chainOf(set: FactorSet, maps: readonly RenameMap[]): RenameMap[] {
  const byVersion = new Map(maps.filter((map) => map.set === set.id).map((map) => [map.version, map]));
  const chain: RenameMap[] = [];
  let version = byVersion.has(set.version) ? set.version : set.supersedes;
  // Each map is taken out, so that a circle of versions ends.
  for (let map = byVersion.get(version ?? ""); map !== undefined; map = byVersion.get(version ?? "")) {
    byVersion.delete(map.version);
    chain.push(map);
    version = map.supersedes;
  }
  return chain;
}
