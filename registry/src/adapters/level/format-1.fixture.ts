import { crc32 } from "node:zlib";
import { utf8Encode } from "@tallystick/proto";
import { Level } from "level";

/** Writes a store as release 0.1 did: format 1, each value followed by a CRC-32 over its key and itself. */
export async function writeFormat1(path: string, records: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const database = new Level<string, Uint8Array>(path, { keyEncoding: "utf8", valueEncoding: "view" });
  await database.open();
  await database.put("meta/format", utf8Encode("tallystick-store/1"), { sync: true });
  for (const [key, value] of records) {
    const sealed = new Uint8Array(value.length + 4);
    sealed.set(value);
    new DataView(sealed.buffer).setUint32(value.length, crc32(value, crc32(key)));
    await database.put(key, sealed);
  }
  await database.close();
}
