/**
 * Checkpoints said on to whoever listens, in no order, any number of times, by anybody: what comes is a claim until it is verified.
 * Publishing reaches the peers there are, at best.
 */
export interface CheckpointGossip {
  /** Says a signed checkpoint (C2SP signed-note v1.0.0) on; a loss is no error. */
  publish(note: string): Promise<void>;
  /** Hears of each note that came, until the returned function is called. The listener must not throw. */
  onNote(listener: (note: string) => void): () => void;
}
