import { MAX_SIGNED_BYTES } from "@tallystick/proto";
import { z } from "zod";

// What a node and its signing agent say to each other over a unix socket: frames of a length in four bytes, the greatest first, and that many
// bytes of JSON. Requests are numbered by who asks, and each gets one answer.

/** Room for the longest message in base64, and what is said with it. */
export const MAX_FRAME_BYTES: number = Math.ceil(MAX_SIGNED_BYTES / 3) * 4 + 1_024;

/** Asks for a signature. */
export interface SigningRequest {
  readonly v: 1;
  readonly id: number;
  /** What the key is for: a key for another use does not sign. */
  readonly use: string;
  /** base64url of the raw public key. */
  readonly key: string;
  /** Base64. */
  readonly message: string;
}

/** A signature of 64 bytes in base64, or why there is none. */
export type SigningAnswer =
  | { readonly v: 1; readonly id: number; readonly signature: string }
  | { readonly v: 1; readonly id: number; readonly refused: string };

const id = z.int().min(0);
/** In its one spelling. */
const base64 = z.base64().refine((text) => Buffer.from(text, "base64").toString("base64") === text);
const requestSchema: z.ZodType<SigningRequest> = z.strictObject({
  v: z.literal(1),
  id,
  use: z.string().min(1).max(100),
  key: z.string().length(43),
  message: base64,
});
const answerSchema: z.ZodType<SigningAnswer> = z.union([
  z.strictObject({ v: z.literal(1), id, signature: base64.refine(({ length }) => length === 88) }),
  z.strictObject({ v: z.literal(1), id, refused: z.string().max(200) }),
]);

/** The other end does not keep to the protocol: nothing more is read from it. */
export class FrameError extends Error {}

export function formatFrame(content: SigningRequest | SigningAnswer): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(content));
  const frame = new Uint8Array(4 + text.length);
  new DataView(frame.buffer).setUint32(0, text.length);
  frame.set(text, 4);
  return frame;
}

/** The contents of a stream's frames. No more than one frame is held. @throws FrameError */
export async function* readFrames(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let held = Buffer.alloc(0);
  for await (const chunk of stream) {
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    while (held.length >= 4) {
      const length = held.readUInt32BE(0);
      if (length > MAX_FRAME_BYTES) throw new FrameError("a frame that is too long");
      if (held.length < 4 + length) break;
      yield held.toString("utf8", 4, 4 + length);
      held = held.subarray(4 + length);
    }
  }
}

/** @throws FrameError */
export const parseRequest = (text: string): SigningRequest => parse(requestSchema, text);

/** @throws FrameError */
export const parseAnswer = (text: string): SigningAnswer => parse(answerSchema, text);

function parse<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new FrameError("not what is said here", { cause });
  }
}
