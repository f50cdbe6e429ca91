/** What can be read of a log by those it is served to. Implemented by TiledLog. */
export interface LogReader {
  readonly origin: string;
  readonly size: number;
  /** The latest signed note, with the cosignatures it has so far. */
  checkpoint(): string;
  /** The archived note of exactly this size. */
  checkpointAt(size: number): Promise<string | undefined>;
  /** The archived note of the smallest size above `from`. */
  nextCheckpoint(from: number): Promise<{ size: number; note: string } | undefined>;
  readLeaves(from: number, to: number): Promise<Uint8Array[]>;
  readTile(level: number, index: number, width: number): Promise<Uint8Array>;
  readEntryBundle(index: number, width: number): Promise<Uint8Array>;
  /** Calls `listener` after each new checkpoint and each new cosignature, until it is taken back. */
  onAdvance(listener: () => void): () => void;
}
