import { readdir, readFile } from "node:fs/promises";
import { parseRenameMap, type RenameMap } from "./rename-map.ts";

const folder = new URL("../../data/renames/", import.meta.url);

/** The rename maps that this project has confirmed for a set, for all of its versions. @throws FACTOR_FILE_INVALID */
export async function confirmedRenames(setId: string): Promise<RenameMap[]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(`${setId}-`) && name.endsWith(".json")).sort();
  const maps = await Promise.all(
    names.map(async (name) => parseRenameMap(name, JSON.parse(await readFile(new URL(name, folder), "utf8")))),
  );
  return maps.filter(({ set }) => set === setId);
}
