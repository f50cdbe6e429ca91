import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseKeyEventRequest, replaceSecretFile, syncFolder } from "@tallystick/registry";
import { z } from "zod";
import { nodeError } from "../errors.ts";
import { readHomeJson } from "./read-home-json.ts";

/** What a node signs with: one key for each use, and the id of the attesting one. */
export interface KeySet {
  /** "first" for the keys that the folder was made with, `set-<n>` for those of the member's n-th later key event. */
  readonly name: string;
  /** Where the keys' files are. */
  readonly folder: string;
  /** Id of the attesting key. */
  readonly kid: string;
  /** Of the key event that names these keys. */
  readonly sequence: number;
  /** The request by which the registry learns of them. Undefined for the first. */
  readonly request: unknown;
}

export interface KeySets {
  readonly current: KeySet;
  /** Made, and not in use until the registry publishes the event that names it. */
  readonly staged: KeySet | undefined;
  /** Used before. */
  readonly retired: readonly KeySet[];
}

/** The uses of a node's keys. Homes of old have no witness key. */
export const NODE_KEY_USES = ["attest", "checkpoint", "transport", "witness"] as const;
export type NodeKeyUse = (typeof NODE_KEY_USES)[number];

const FIRST = "first";
const NAME = /^set-([1-9]\d{0,8})$/;
const setSchema = z.strictObject({ v: z.literal(1), kid: z.string().max(320), request: z.unknown() });
const pointerSchema = z.strictObject({ v: z.literal(1), set: z.string().regex(NAME) });

const keysOf = (home: string): string => join(home, "keys");
const pointerOf = (home: string): string => join(keysOf(home), "current.json");

/**
 * The sets of keys in a node's folder. Which one is in use is one small file, replaced whole: there is always exactly one.
 *
 * @param firstKid id of the attesting key that the folder was made with
 * @throws HOME_INVALID
 */
export async function readKeySets(home: string, firstKid: string): Promise<KeySets> {
  const folder = keysOf(home);
  const names = (await readdir(folder).catch(() => [])).filter((name) => NAME.test(name));
  const later = await Promise.all(names.map((name) => readSet(home, name)));
  const sets = [
    { name: FIRST, folder, kid: firstKid, sequence: 0, request: undefined },
    ...later.sort((a, b) => a.sequence - b.sequence),
  ];
  const pointer = await readHomeJson(home, join("keys", "current.json"), pointerSchema);
  const at = sets.findIndex(({ name }) => name === (pointer?.set ?? FIRST));
  const current = sets[at];
  if (current === undefined) {
    throw nodeError("HOME_INVALID", { path: home, reason: `keys/${pointer?.set} is in use and not there` });
  }
  const retired = sets.slice(0, at);
  return { current, staged: sets[at + 1], retired: await present(retired) };
}

/** Without a first set whose files were removed. */
async function present(sets: readonly KeySet[]): Promise<KeySet[]> {
  const there = await Promise.all(sets.map(({ folder }) => stat(join(folder, "attest.json")).catch(() => undefined)));
  return sets.filter((_set, at) => there[at] !== undefined);
}

async function readSet(home: string, name: string): Promise<KeySet> {
  const found = await readHomeJson(home, join("keys", name, "set.json"), setSchema);
  if (found === undefined) throw nodeError("HOME_INVALID", { path: home, reason: `keys/${name}/set.json is missing` });
  const { event } = parseKeyEventRequest(found.request);
  if (`set-${event.sequence}` !== name || event.keys.attest.every(({ kid }) => kid !== found.kid)) {
    throw nodeError("HOME_INVALID", { path: home, reason: `keys/${name}/set.json is of other keys` });
  }
  return { name, folder: join(keysOf(home), name), kid: found.kid, sequence: event.sequence, request: found.request };
}

/**
 * Lays down a set beside the one in use: whole or not at all, and durable.
 *
 * @param fill writes the keys' files into a folder
 */
export async function stageKeySet(
  home: string,
  { sequence, kid, request }: { readonly sequence: number; readonly kid: string; readonly request: unknown },
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  const whole = join(keysOf(home), `set-${sequence}`);
  const partial = `${whole}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { mode: 0o700 });
  await fill(partial);
  await replaceSecretFile(join(partial, "set.json"), `${JSON.stringify({ v: 1, kid, request })}\n`);
  await rename(partial, whole);
  await syncFolder(keysOf(home));
}

/** From here on the node signs with that set. */
export async function useKeySet(home: string, { name }: KeySet): Promise<void> {
  await replaceSecretFile(pointerOf(home), `${JSON.stringify({ v: 1, set: name })}\n`);
}

/** Deletes a set that is not in use. */
export async function deleteKeySet(home: string, { name, folder }: KeySet): Promise<void> {
  if (name !== FIRST) {
    // Out of sight first, so that a crash leaves no half of a set.
    await rename(folder, `${folder}.partial`);
    await rm(`${folder}.partial`, { recursive: true });
  } else {
    for (const use of NODE_KEY_USES) await rm(join(folder, `${use}.json`), { force: true });
  }
  await syncFolder(keysOf(home));
}
