/** Where the bytes of a body go, in order. */
export interface ByteSink {
  /** Room for the next bytes, one at least; undefined: they come in a buffer of the reader's own. */
  room (): Buffer | undefined
  /**
   * Takes bytes that came, which are in the room, or in the reader's buffer: that is used again, and more is read, when
   * this has returned, or when its promise has resolved.
   */
  take (bytes: Buffer): Promise<void> | undefined
}

/** Gives bytes to a sink from a buffer that is not its room. */
export function give (sink: ByteSink, bytes: Buffer): Promise<void> | undefined {
  for (let given = 0; given < bytes.length;) {
    const place = sink.room()
    if (place === undefined) return sink.take(bytes)
    const length = bytes.copy(place, 0, given)
    given += length
    const taking = sink.take(place.subarray(0, length))
    if (taking !== undefined) {
      const rest = bytes.subarray(given)
      return rest.length === 0 ? taking : taking.then(() => give(sink, rest))
    }
  }
  return undefined
}
