/** Kept of a stream from one piece to the next: a note may be cut anywhere. */
const OVERLAP = 8_192;
const NOTE = /([^\n]{1,255}\n\d{1,16}\n[A-Za-z0-9+/]{43}=\n\n(?:— [^\n]+\n)+)/g;

/** Finds the signed notes in a stream of pieces. */
export class NoteFinder {
  #rest = "";

  /** The notes that are whole by now; one may be reported more than once. */
  push(piece: Uint8Array): string[] {
    const text = this.#rest + new TextDecoder().decode(piece);
    this.#rest = text.slice(-OVERLAP);
    return [...text.matchAll(NOTE)].map(([note]) => note);
  }
}
