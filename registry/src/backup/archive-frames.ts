import { concatBytes } from "@tallystick/proto";
import { registryError } from "../errors.ts";

// An archive is a gzip stream of frames: a type (one byte), a length (32 bits, big-endian), and so many bytes.

/** First a header, then files and records in any number, last the manifest. */
export const FRAME_TYPES = { header: 0x48, file: 0x46, records: 0x52, manifest: 0x4d } as const;
export type FrameType = keyof typeof FRAME_TYPES;

export interface Frame {
  readonly type: FrameType;
  readonly payload: Uint8Array;
  /** Type, length and payload, as they are digested. */
  readonly bytes: Uint8Array;
}

const PREFIX_BYTES = 5;
/** A frame is held in memory whole; no record comes near it. */
export const MAX_FRAME_BYTES: number = 512 * 1024 * 1024;

const invalid = (reason: string): Error => registryError("BACKUP_INVALID", { reason });

export function makeFrame(type: FrameType, payload: Uint8Array): Frame {
  const bytes = new Uint8Array(PREFIX_BYTES + payload.length);
  bytes[0] = FRAME_TYPES[type];
  new DataView(bytes.buffer).setUint32(1, payload.length);
  bytes.set(payload, PREFIX_BYTES);
  return { type, payload, bytes };
}

/** @throws BACKUP_INVALID where the bytes end within a frame, or are none */
export async function* readFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  let wanted = PREFIX_BYTES;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    length += chunk.length;
    // Put together once a frame is whole: a long one comes in thousands of chunks.
    if (length < wanted) continue;
    let bytes = concatBytes(...waiting);
    for (wanted = firstFrameBytes(bytes); bytes.length >= wanted; wanted = firstFrameBytes(bytes)) {
      const frame = bytes.subarray(0, wanted);
      yield { type: typeOf(frame), payload: frame.subarray(PREFIX_BYTES), bytes: frame };
      bytes = bytes.subarray(wanted);
    }
    waiting = [bytes];
    length = bytes.length;
  }
  if (length > 0) throw invalid("it ends in the middle");
}

/** How long the first frame is, as far as its prefix is there. */
function firstFrameBytes(bytes: Uint8Array): number {
  if (bytes.length > 0) typeOf(bytes);
  if (bytes.length < PREFIX_BYTES) return PREFIX_BYTES;
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
  if (size > MAX_FRAME_BYTES) throw invalid("a part of it is too long");
  return PREFIX_BYTES + size;
}

function typeOf(bytes: Uint8Array): FrameType {
  const type = (Object.keys(FRAME_TYPES) as FrameType[]).find((name) => FRAME_TYPES[name] === bytes[0]);
  if (type === undefined) throw invalid("it is no backup");
  return type;
}
