import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { registryError } from "../errors.ts";

/**
 * The files below a home's `keys`, which go with a backup only where every key in them is sealed.
 *
 * @throws BACKUP_REFUSED where one lies open
 */
export async function sealedKeyFiles(home: string): Promise<readonly string[]> {
  const files = (await readdir(join(home, "keys"), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith(".json"))
    .map(({ parentPath, name }) => join(parentPath, name).slice(join(home, "/").length));
  for (const file of files) {
    // Sealed or not, a seed is called so; what names none holds no key.
    if ((await readFile(join(home, file), "utf8")).includes('"seed"')) {
      throw registryError("BACKUP_REFUSED", {
        reason: `${file} is not sealed: seal the keys first, or keep them apart`,
      });
    }
  }
  return files.sort();
}
