/**
 * Streams whose next item is already being made while the last one is worked on.
 *
 * @module
 */

/** The same items; the next one is asked for before the last one is given. Ends the source when it is ended. */
export async function* prefetched<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  let next = caught(iterator.next());
  try {
    for (;;) {
      const result = await next.promise;
      if (result.done) return;
      next = caught(iterator.next());
      yield result.value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** A promise whose failure is told to whoever awaits it, and to nobody if nobody does. */
function caught<T>(promise: Promise<T>): { readonly promise: Promise<T> } {
  promise.catch(() => {});
  return { promise };
}
