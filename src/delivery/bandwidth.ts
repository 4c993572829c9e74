import { setTimeout as sleep } from 'node:timers/promises'

export interface BandwidthOptions {
  /** Bytes a second for all together; 0: no limit. */
  readonly total: number
  /** Bytes a second for one address; 0: no limit. */
  readonly perClient: number
}

const BURST_MS = 250
const FORGET_MS = 10_000

/** Bandwidth of web seeds and peers together. Who asks waits; nobody is refused. */
export class Bandwidth {
  readonly #options: BandwidthOptions
  #all = 0
  /** When the bytes that each client took will have been sent, performance.now(). */
  readonly #clients = new Map<string, number>()
  readonly #forgetting: NodeJS.Timeout | undefined

  constructor (options: BandwidthOptions) {
    this.#options = options
    if (options.perClient > 0) this.#forgetting = setInterval(() => this.#forget(), FORGET_MS).unref()
  }

  get unlimited (): boolean {
    return this.#options.total === 0 && this.#options.perClient === 0
  }

  /** Resolves when so many bytes may be sent to this client. */
  async take (client: string, bytes: number, signal: AbortSignal): Promise<void> {
    const { total, perClient } = this.#options
    if (this.unlimited) return
    const now = performance.now()
    let until = now
    if (perClient > 0) {
      until = Math.max(this.#clients.get(client) ?? 0, now - BURST_MS) + bytes / perClient * 1000
      this.#clients.set(client, until)
    }
    if (total > 0) {
      this.#all = Math.max(this.#all, now - BURST_MS) + bytes / total * 1000
      until = Math.max(until, this.#all)
    }
    if (until > now) await sleep(until - now, undefined, { signal })
  }

  close (): void {
    clearInterval(this.#forgetting)
  }

  #forget (): void {
    const now = performance.now()
    for (const [client, until] of this.#clients) if (until < now - BURST_MS) this.#clients.delete(client)
  }
}
