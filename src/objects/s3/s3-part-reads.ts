import type { Outbound } from '../../net/outbound.js'
import type { ObjectAddress } from '../../s3/object-address.js'
import { give } from '../byte-sink.js'
import type { Part } from '../objects.js'
import { OriginUnavailable } from '../origin-errors.js'
import type { ObjectVersion, OpenPart, PartReads } from '../part-reads.js'
import { readSame } from '../read-same.js'
import type { Requester } from '../requester.js'
import { RangeConnections } from '../transport/range-connections.js'
import type { OpenRange } from '../transport/range-connections.js'
import type { RangeRequest } from '../worker-read.js'
import { WorkerReadFailed, failedAs } from '../worker-read.js'
import type { S3Reads } from './s3-reads.js'
import type { S3Session } from './s3-session.js'

export interface S3PartReadsParts {
  readonly session: S3Session
  readonly reads: S3Reads
  readonly outbound: Outbound
  readonly signed: (
    object: ObjectAddress, requester: Requester, version: ObjectVersion, part: Part
  ) => Promise<RangeRequest>
}

/** A reader who stands still holds one of them. */
const BUFFER_BYTES = 64 * 1024
/** After so many answers in a row that only the SDK understood, it alone is asked for a while. */
const MAX_UNEXPECTED = 3
const SDK_ALONE_MS = 60_000

/**
 * Parts of objects by ranged GETs of our own, which cost a fifth of the SDK's (bench rows web-seed and get-object). An
 * answer that is not exactly the right one is for the SDK, which knows retries, errors, and stores that ignore headers.
 * Whoever makes it closes it.
 */
export class S3PartReads implements PartReads {
  readonly #parts: S3PartReadsParts
  readonly #connections: RangeConnections
  #unexpected = 0
  #sdkAloneUntil = 0

  constructor (parts: S3PartReadsParts) {
    this.#parts = parts
    this.#connections = new RangeConnections({
      bufferBytes: BUFFER_BYTES, secureContext: () => parts.outbound.secureContext
    })
  }

  async open (
    object: ObjectAddress, given: Requester, version: ObjectVersion, part: Part, signal: AbortSignal
  ): Promise<OpenPart> {
    signal.throwIfAborted()
    const requester = this.#parts.session.renewed(given)
    const isTried = performance.now() >= this.#sdkAloneUntil
    const range = isTried ? await this.#range(object, requester, version, part, signal) : undefined
    if (typeof range === 'object') return pourable(range, part, signal)
    const opened = await this.#openBySdk(object, requester, version, part, signal)
    if (range === 'unexpected' && ++this.#unexpected >= MAX_UNEXPECTED) {
      this.#unexpected = 0
      this.#sdkAloneUntil = performance.now() + SDK_ALONE_MS
    }
    return opened
  }

  close (): void {
    this.#connections.close()
  }

  async #range (
    object: ObjectAddress, requester: Requester, version: ObjectVersion, part: Part, signal: AbortSignal
  ): Promise<OpenRange | 'unexpected' | undefined> {
    try {
      const range = await this.#connections.open(await this.#parts.signed(object, requester, version, part), signal)
      this.#unexpected = 0
      this.#parts.session.accepted(requester)
      return range
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof WorkerReadFailed)) throw error
      return failedAs(error, 'unexpected') ? 'unexpected' : undefined
    }
  }

  async #openBySdk (
    object: ObjectAddress, requester: Requester, version: ObjectVersion, part: Part, signal: AbortSignal
  ): Promise<OpenPart> {
    const isWhole = part.first === 0 && part.last === version.size - 1
    const read = await readSame(this.#parts.reads, object, requester, version, isWhole ? undefined : part, signal)
    return {
      part: read.part === 'whole' && isWhole ? part : read.part,
      pour: async (sink) => {
        try {
          for await (const bytes of read.body as AsyncIterable<Buffer>) await give(sink, bytes)
        } catch (error) {
          signal.throwIfAborted()
          throw error
        }
      },
      close: () => { read.body.destroy() }
    }
  }
}

function pourable (range: OpenRange, part: Part, signal: AbortSignal): OpenPart {
  return {
    part,
    pour: async (sink) => {
      try {
        await range.pour(sink)
      } catch (cause) {
        signal.throwIfAborted()
        throw cause instanceof WorkerReadFailed ? new OriginUnavailable('the origin broke off', { cause }) : cause
      }
    },
    close: () => range.close()
  }
}
