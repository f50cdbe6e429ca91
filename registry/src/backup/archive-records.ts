import { concatBytes, utf8Encode } from "@tallystick/proto";
import { registryError } from "../errors.ts";
import { assertStoreKey } from "../ports/store.ts";

// Records in a frame: for each the lengths of its key (16 bits) and its value (32 bits), then both.

export type StoreRecord = readonly [key: string, value: Uint8Array];

export function packRecords(records: readonly StoreRecord[]): Uint8Array {
  return concatBytes(
    ...records.flatMap(([key, value]) => {
      const keyBytes = utf8Encode(key);
      const lengths = new DataView(new ArrayBuffer(6));
      lengths.setUint16(0, keyBytes.length);
      lengths.setUint32(2, value.length);
      return [new Uint8Array(lengths.buffer), keyBytes, value];
    }),
  );
}

/** @throws BACKUP_INVALID */
export function unpackRecords(bytes: Uint8Array): StoreRecord[] {
  const records: StoreRecord[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    for (let at = 0; at < bytes.length; ) {
      const [keyLength, valueLength] = [view.getUint16(at), view.getUint32(at + 2)];
      const valueAt = at + 6 + keyLength;
      const end = valueAt + valueLength;
      if (end > bytes.length) throw new RangeError("beyond the end");
      const key = new TextDecoder().decode(bytes.subarray(at + 6, valueAt));
      assertStoreKey(key);
      records.push([key, bytes.subarray(valueAt, end)]);
      at = end;
    }
  } catch (cause) {
    throw registryError("BACKUP_INVALID", { reason: "records that are none" }, { cause });
  }
  return records;
}
