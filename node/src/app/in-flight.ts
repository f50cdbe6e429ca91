/**
 * Works on items as they come, on at most `most` at a time; the next is asked for when there is room, so that a source that waits to
 * be asked holds the rest back. Work begins in the order of the items.
 *
 * @throws what the source or the first failing work throws, once everything that had begun has ended
 */
export async function inFlight<T>(
  items: AsyncIterable<T>,
  most: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const under: Promise<void>[] = [];
  const failed = Promise.withResolvers<never>();
  // Whoever races with it hears of it; between races nobody does.
  failed.promise.catch(() => {});
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      if (under.length >= most) await under.shift();
      const next = iterator.next();
      next.catch(() => {});
      const { done, value } = await Promise.race([next, failed.promise]);
      if (done === true) break;
      const working = work(value);
      working.catch(failed.reject);
      under.push(working);
    }
    await Promise.all(under);
  } catch (error) {
    // Not awaited: it would wait for the item that is on its way, which may never come.
    iterator.return?.().catch(() => {});
    await Promise.allSettled(under);
    throw error;
  }
}
