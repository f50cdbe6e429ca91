/** Pieces in which something large is handed on, in bytes: well under the largest message. */
const CHUNK_BYTES = 1024 * 1024;

export function* inChunks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}
