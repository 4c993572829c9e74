import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { constants as os, getPriority, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { trusting } from '../net/trusted-authorities.js'
import { etagOf, isUnchanged } from '../objects/file-version.js'
import { WorkerReadFailed, failedAs } from '../objects/worker-read.js'
import type { WorkerRead } from '../objects/worker-read.js'
import { zeros } from '../util/zeros.js'
import { PieceHasher } from './piece-hasher.js'
import { RangeConnections } from '../objects/transport/range-connections.js'
import type { SegmentSource } from './segment-source.js'
import type { HashTask, ThreadData, ThreadMessage, ThreadRequest } from './thread-message.js'

// A hashing thread: reads segments and hashes their pieces in one place, so that no byte crosses from thread to thread.

// A ninth faster than 128 KiB, and as fast as 1 MiB (bench row directory).
const FILE_BUFFER_BYTES = 512 * 1024
// What a socket has at once: fewer system calls are worth more there.
const HTTP_BUFFER_BYTES = 1024 * 1024
// What a killed process has to read again.
const REPORT_BYTES = 8 * 1024 * 1024
const REPORT_MS = 200
// Where less comes before a read breaks off, it is not taken up here.
const WORTHWHILE_BYTES = 1024 * 1024

interface Running {
  readonly stop: AbortController
  /** Reads on behind a read that has ended or broken off. */
  goOn: (source: SegmentSource) => void
}

const port = parentPort
if (port === null) throw new Error('worker.ts runs as a worker thread')
yieldToAnswers()
const { authorities } = (workerData ?? {}) as ThreadData
const connections = new RangeConnections({
  bufferBytes: HTTP_BUFFER_BYTES,
  shared: true,
  ...authorities !== undefined && { secureContext: () => trusting(authorities) }
})
const running = new Map<number, Running>()
const fileBuffer = Buffer.allocUnsafeSlow(FILE_BUFFER_BYTES)

port.on('message', (request: ThreadRequest) => {
  if ('cancel' in request) running.get(request.cancel)?.stop.abort()
  else if ('again' in request) running.get(request.again)?.goOn(request.source)
  else start(request.task)
})

// On Linux the priority is this thread's alone: answers of the main thread go first.
function yieldToAnswers (): void {
  try {
    if (process.platform === 'linux' && getPriority() < os.priority.PRIORITY_BELOW_NORMAL) {
      setPriority(os.priority.PRIORITY_BELOW_NORMAL)
    }
  } catch { /* a courtesy that a system may forbid */ }
}

function start (task: HashTask): void {
  const { id } = task
  const own: Running = { stop: new AbortController(), goOn: () => {} }
  running.set(id, own)
  run(task, own).finally(() => running.delete(id)).then(() => post({ id, end: 'whole' }), (error: unknown) => {
    post({
      id,
      end: error instanceof WorkerReadFailed ? error.kind : 'unexpected',
      message: sentenceOf(error)
    })
  })
}

async function run (task: HashTask, own: Running): Promise<void> {
  const { id, last, pieceLength } = task
  const hasher = new PieceHasher(task)
  let reported = performance.now()
  let begun = false
  let came = 0
  const report = (): void => {
    if (hasher.ready === 0) return
    reported = performance.now()
    const digests = hasher.take()
    post({ id, digests }, digests.buffer)
  }
  const take = (bytes: Uint8Array): void => {
    if (!begun) post({ id, begun: true })
    begun = true
    came += bytes.length
    hasher.update(bytes)
    if (hasher.ready * pieceLength >= REPORT_BYTES || hasher.missing === 0 ||
      performance.now() - reported > REPORT_MS) {
      report()
    }
  }
  try {
    for (let { source } = task; ;) {
      came = 0
      try {
        if (source.kind === 'file') readFile(source, take)
        else if (source.kind === 'zeros') for (const some of zeros(source.bytes)) take(some)
        else await connections.read(source.request, take, own.stop.signal)
        if (hasher.missing === 0) return
      } catch (error) {
        if (!(failedAs(error, 'broken')) || own.stop.signal.aborted || came < WORTHWHILE_BYTES) throw error
        report()
      }
      // Into the same hash: a piece may be larger than what comes at a time, or be of several objects.
      source = await nextSource(id, last + 1 - hasher.missing, own)
    }
  } finally {
    report()
  }
}

function nextSource (id: number, position: number, own: Running): Promise<SegmentSource> {
  const { signal } = own.stop
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new WorkerReadFailed('broken', 'cancelled'))
    signal.addEventListener('abort', stop, { once: true })
    own.goOn = (source) => {
      signal.removeEventListener('abort', stop)
      resolve(source)
    }
    post({ id, again: position })
  })
}

function readFile (
  { path, etag, first, last }: WorkerRead & { kind: 'file' }, take: (bytes: Uint8Array) => void
): void {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const before = fstatSync(file, { bigint: true })
    if (etagOf(before) !== etag) throw new Error('the file changed')
    for (let position = first; position <= last;) {
      const length = readSync(file, fileBuffer, 0, Math.min(fileBuffer.length, last - position + 1), position)
      if (length === 0) throw new Error('the file became shorter')
      if (!isUnchanged(before, fstatSync(file, { bigint: true }))) throw new Error('the file changed')
      take(fileBuffer.subarray(0, length))
      position += length
    }
  } finally {
    closeSync(file)
  }
}

// An error's cause does not cross from thread to thread.
function sentenceOf (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${sentenceOf(error.cause)}`
}

function post (message: ThreadMessage, ...transfer: ArrayBuffer[]): void {
  port?.postMessage(message, transfer)
}
