import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { registryError } from "../errors.ts";
import { describeKeyFile, type KeyFileFacts } from "../keys/key-file.ts";

/** The keys in a registry's or a witness's folder, as their files show them without a secret. @throws REGISTRY_HOME_INVALID, KEY_FILE_INVALID */
export async function listHomeKeys(home: string): Promise<KeyFileFacts[]> {
  const folder = join(home, "keys");
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    throw registryError("REGISTRY_HOME_INVALID", { path: folder, reason: "there are no keys" }, { cause });
  }
  return Promise.all(
    names
      .filter((name) => name.endsWith(".json"))
      .sort()
      .map((name) => describeKeyFile(join(folder, name))),
  );
}
