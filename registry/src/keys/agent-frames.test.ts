import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  FrameError,
  formatFrame,
  MAX_FRAME_BYTES,
  parseAnswer,
  parseRequest,
  readFrames,
  type SigningRequest,
} from "./agent-frames.ts";

const requests: fc.Arbitrary<SigningRequest> = fc.record({
  v: fc.constant(1 as const),
  id: fc.nat(),
  use: fc.string({ minLength: 1, maxLength: 100 }),
  key: fc.string({ minLength: 43, maxLength: 43 }),
  message: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString("base64")),
});

/** The bytes as a stream gives them: cut where it likes. */
async function* inPieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const cut of [...cuts.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    yield bytes.subarray(from, cut);
    from = cut;
  }
}

async function framesOf(stream: AsyncIterable<Uint8Array>): Promise<string[]> {
  const frames: string[] = [];
  for await (const frame of readFrames(stream)) frames.push(frame);
  return frames;
}

describe("frames", () => {
  it("are read as they were written, however the stream cuts them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(requests, { maxLength: 5 }), fc.array(fc.nat()), async (sent, cuts) => {
        const bytes = Buffer.concat(sent.map(formatFrame));
        expect((await framesOf(inPieces(bytes, cuts))).map(parseRequest)).toEqual(sent);
      }),
    );
  });

  it("throw only FrameError, whatever the bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), fc.array(fc.nat()), async (bytes, cuts) => {
        try {
          for (const frame of await framesOf(inPieces(bytes, cuts))) parseRequest(frame);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
    );
  });

  it.each([parseRequest, parseAnswer])("throw only FrameError, whatever they say: %s", (parse) => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => parse(text)).toThrow(FrameError);
      }),
    );
  });

  it("are not held where they are longer than the longest request", async () => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(MAX_FRAME_BYTES + 1);
    await expect(framesOf(inPieces(head, []))).rejects.toBeInstanceOf(FrameError);
  });
});
