/** Tells whoever watches that something is new. */
export class Changes {
  readonly #listeners = new Set<() => void>();

  announce(): void {
    for (const changed of this.#listeners) changed();
  }

  /** What `look` sees now, and again after each change, until the signal aborts. Changes that come while it looks are one. */
  async *watch<T>(look: () => Promise<T>, signal: AbortSignal): AsyncGenerator<T> {
    let news = Promise.withResolvers<void>();
    const tell = (): void => news.resolve();
    this.#listeners.add(tell);
    signal.addEventListener("abort", tell, { once: true });
    try {
      while (!signal.aborted) {
        // Renewed before it looks, so that nothing that comes meanwhile is missed.
        news = Promise.withResolvers<void>();
        yield await look();
        await news.promise;
      }
    } finally {
      this.#listeners.delete(tell);
      signal.removeEventListener("abort", tell);
    }
  }
}
