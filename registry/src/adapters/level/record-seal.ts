import { crc32 } from "node:zlib";
import { registryError } from "../../errors.ts";

const CHECKSUM_BYTES = 4;
/** No key has it, so that key and value cannot be told apart otherwise. */
const SEPARATOR = "\0";

/** How a stored value carries a CRC-32 over its key and itself, which also catches a value that turns up under another key. */
export interface Seal {
  seal(key: string, value: Uint8Array): Uint8Array;
  isSealed(key: string, sealed: Uint8Array): boolean;
  /** @throws STORE_CORRUPT */
  open(key: string, sealed: Uint8Array): Uint8Array;
}

/** @param start the CRC-32 that a value's goes on from */
function makeSeal(start: (key: string) => number): Seal {
  const isSealed = (key: string, sealed: Uint8Array): boolean => {
    const length = sealed.length - CHECKSUM_BYTES;
    if (length < 0) return false;
    const stored = new DataView(sealed.buffer, sealed.byteOffset + length).getUint32(0);
    return crc32(sealed.subarray(0, length), start(key)) === stored;
  };
  return {
    isSealed,
    seal(key, value) {
      const sealed = new Uint8Array(value.length + CHECKSUM_BYTES);
      sealed.set(value);
      new DataView(sealed.buffer).setUint32(value.length, crc32(value, start(key)));
      return sealed;
    },
    open(key, sealed) {
      if (!isSealed(key, sealed)) {
        throw registryError("STORE_CORRUPT", { reason: `${key}: the value does not match its checksum` });
      }
      return new Uint8Array(sealed.buffer, sealed.byteOffset, sealed.length - CHECKSUM_BYTES);
    },
  };
}

/** Of format 1: over key and value put together, so that one end of a key could pass for the beginning of a value. */
export const SEAL_1: Seal = makeSeal((key) => crc32(key));
/** Of format 2: the key ends where it ends. */
export const SEAL_2: Seal = makeSeal((key) => crc32(key + SEPARATOR));
