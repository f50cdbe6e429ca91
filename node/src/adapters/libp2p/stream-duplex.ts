import { Duplex } from "node:stream";
import type { Stream, StreamCloseEvent, StreamMessageEvent } from "@libp2p/interface";

/** A libp2p stream as Node knows streams, with back-pressure both ways. */
export class StreamDuplex extends Duplex {
  readonly #stream: Stream;

  constructor(stream: Stream) {
    super({ allowHalfOpen: true });
    this.#stream = stream;
    stream.addEventListener("message", this.#onMessage);
    stream.addEventListener("remoteCloseWrite", this.#onEnd);
    stream.addEventListener("close", this.#onClose);
    if (stream.status !== "open") queueMicrotask(() => this.destroy());
  }

  readonly #onMessage = ({ data }: StreamMessageEvent): void => {
    let room = true;
    for (const part of data instanceof Uint8Array ? [data] : data) room = this.push(part);
    if (!room) this.#stream.pause();
  };

  readonly #onEnd = (): void => {
    this.push(null);
  };

  readonly #onClose = ({ error }: StreamCloseEvent): void => {
    this.destroy(error);
  };

  override _read(): void {
    this.#stream.resume();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    try {
      if (this.#stream.send(chunk)) done();
      else this.#stream.onDrain().then(() => done(), done);
    } catch (error) {
      done(error as Error);
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#stream.close().then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stream.removeEventListener("message", this.#onMessage);
    this.#stream.removeEventListener("remoteCloseWrite", this.#onEnd);
    this.#stream.removeEventListener("close", this.#onClose);
    if (this.#stream.status === "open" || this.#stream.status === "closing") {
      this.#stream.abort(error ?? new Error("no longer needed"));
    }
    done(error);
  }
}
