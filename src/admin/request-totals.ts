import type { RequestFacts } from '../s3/request-facts.js'

/** The operations that are told apart; any other request is `other`. */
const OPERATIONS = [
  'GetObjectTorrent', 'GetObject', 'HeadObject', 'GetBucketLocation', 'GetPrefixTorrent', 'GetPrefixFeed',
  'GetBrowsePage', 'GetWebSeed', 'other'
] as const
export type OperationLabel = (typeof OPERATIONS)[number]

/** Answers of one operation with one code: `OK`, `NotModified`, or S3's error code. */
export interface RequestTotal {
  readonly operation: OperationLabel
  readonly code: string
  count: number
}

/** Requests since the process began, by operation and code: so few totals that no client can fill the memory. */
export class RequestTotals {
  /** Pipelined requests that were never begun. */
  dropped = 0
  readonly #totals = new Map<string, RequestTotal>()
  readonly #bytes = new Map<OperationLabel, number>()
  readonly #listeners = new Set<(operation: OperationLabel, facts: RequestFacts) => void>()

  /** All totals, in the order in which they were seen first. */
  get all (): RequestTotal[] {
    return [...this.#totals.values()]
  }

  /** Bytes of the bodies that were sent. */
  bytesOf (operation: OperationLabel): number {
    return this.#bytes.get(operation) ?? 0
  }

  get operations (): readonly OperationLabel[] {
    return OPERATIONS
  }

  readonly observe = (facts: RequestFacts): void => {
    const operation = OPERATIONS.find((name) => name === facts.operation) ?? 'other'
    const code = facts.code ?? (facts.status === 304 ? 'NotModified' : 'OK')
    const id = `${operation} ${code}`
    const total = this.#totals.get(id) ?? { operation, code, count: 0 }
    total.count++
    this.#totals.set(id, total)
    this.#bytes.set(operation, this.bytesOf(operation) + facts.bytesSent)
    for (const listener of this.#listeners) listener(operation, facts)
  }

  onRequest (listener: (operation: OperationLabel, facts: RequestFacts) => void): void {
    this.#listeners.add(listener)
  }
}
