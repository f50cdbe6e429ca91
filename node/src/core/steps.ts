/** A long computation in steps of some milliseconds: whoever runs it decides what may happen between two of them. */
export type Steps<T> = Generator<void, T, void>;

/** Runs a computation at one go. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
