/** Most streams that are kept, and most bytes of each. */
const MAX_STREAMS = 8;
const MAX_BYTES = 65_536;

/** Keeps the beginnings of the last streams of a link. */
export class StreamRecorder {
  readonly #streams: Uint8Array[][] = [];

  /** Begins a stream; returns what hears of its pieces. */
  begin(): (piece: Uint8Array) => void {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    return (piece) => {
      if (bytes + piece.length > MAX_BYTES) {
        bytes = MAX_BYTES;
        return;
      }
      if (pieces.length === 0) {
        this.#streams.push(pieces);
        if (this.#streams.length > MAX_STREAMS) this.#streams.shift();
      }
      pieces.push(Uint8Array.from(piece));
      bytes += piece.length;
    };
  }

  get streams(): readonly Uint8Array[] {
    return this.#streams.map((pieces) => Buffer.concat(pieces));
  }
}
