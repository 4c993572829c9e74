import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client'

/** One value, or one for each set of labels. */
export type Values = number | ReadonlyArray<readonly [labels: Readonly<Record<string, string>>, value: number]>

export const PREFIX = 'object_torrent_'
const LABELS = [
  'version', 'operation', 'code', 'source', 'state', 'purpose', 'by', 'role', 'transport', 'outcome'
] as const

/** Metrics whose values are read at the moment when somebody asks for them. */
export class Series {
  readonly registry = new Registry()

  /** The process itself is in it: its heap, the delay of its event loop. */
  constructor () {
    collectDefaultMetrics({ register: this.registry })
  }

  counter (name: string, help: string, read: () => Values | Promise<Values>): void {
    this.#add(Counter, name, help, read)
  }

  gauge (name: string, help: string, read: () => Values | Promise<Values>): void {
    this.#add(Gauge, name, help, read)
  }

  #add (Metric: typeof Counter | typeof Gauge, name: string, help: string, read: () => Values | Promise<Values>): void {
    const metric: Counter | Gauge = new Metric({
      name: `${PREFIX}${name}`,
      help,
      labelNames: [...LABELS],
      registers: [this.registry],
      async collect () {
        const values = await read()
        metric.reset()
        if (typeof values === 'number') metric.inc(values)
        else for (const [labels, value] of values) metric.inc(labels, value)
      }
    })
  }
}
