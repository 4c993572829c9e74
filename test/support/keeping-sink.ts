import type { AnswerBody } from '../../src/delivery/object-answer.js'

/** A sink without room of its own, which keeps what it is given. */
export function keepingSink () {
  const kept: Buffer[] = []
  return {
    room: () => undefined,
    take: (bytes: Buffer): undefined => { kept.push(Buffer.from(bytes)) },
    /** All of it so far. */
    all: (): Buffer => Buffer.concat(kept)
  }
}

/** All that a body pours. Closes it. */
export async function bytesOf (body: AnswerBody): Promise<Buffer> {
  const sink = keepingSink()
  await body.pour(sink)
  body.close()
  return sink.all()
}
