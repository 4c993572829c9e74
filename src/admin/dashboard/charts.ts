import UPlot from './uplot.js'
import { make, setText } from './dom.js'
import { bytes, count, perSecond } from './format.js'
import type { Sample } from './wire.js'

interface Line {
  readonly name: string
  readonly of: (sample: Sample) => number
}

interface ChartOf {
  readonly title: string
  /** One or two. */
  readonly lines: readonly Line[]
  /** Whether it shows how much a counter grows in a second, else the figure itself. */
  readonly isRate: boolean
  readonly format: (value: number) => string
}

const CHARTS: readonly ChartOf[] = [
  {
    title: 'Hashed',
    isRate: true,
    format: (value) => `${bytes(value)}/s`,
    lines: [{ name: 'hashed', of: ({ hashedBytes }) => hashedBytes }]
  },
  {
    title: 'Swarms',
    isRate: true,
    format: (value) => `${bytes(value)}/s`,
    lines: [
      { name: 'downloaded by swarms', of: ({ downloadedBytes }) => downloadedBytes },
      { name: 'read at the origin', of: ({ originBytes }) => originBytes }
    ]
  },
  {
    title: 'Requests',
    isRate: true,
    format: perSecond,
    lines: [{ name: 'requests', of: ({ requests }) => requests }, { name: 'errors', of: ({ errors }) => errors }]
  },
  {
    title: 'Announces',
    isRate: true,
    format: perSecond,
    lines: [{ name: 'announces', of: ({ announces }) => announces }]
  },
  { title: 'Peers', isRate: false, format: count, lines: [{ name: 'peers', of: ({ peers }) => peers }] }
]

const HEIGHT = 150
const HOUR_S = 3600
// The x-axis of a process that has only begun.
const SHORTEST_S = 300
// Two samples that are closer than this give no rate: it would be noise.
const MIN_STEP_MS = 1000

/** The last hour, drawn; each figure says in words what it shows. */
export class Charts {
  readonly #figures: Figure[]
  #samples: Sample[] = []

  constructor (parent: HTMLElement) {
    this.#figures = CHARTS.map((chart) => new Figure(parent, chart))
    matchMedia('(prefers-color-scheme: dark)').addEventListener(
      'change', () => this.#figures.forEach((figure) => figure.recolour(this.#samples))
    )
    new ResizeObserver(() => this.#figures.forEach((figure) => figure.resize())).observe(parent)
  }

  /** @param samples oldest first */
  show (samples: Sample[]): void {
    this.#samples = samples
    for (const figure of this.#figures) figure.show(samples)
  }
}

class Figure {
  readonly #chart: ChartOf
  readonly #place: HTMLElement
  readonly #words: HTMLElement
  /** What the second line shows, in words for a screen reader. */
  readonly #more = make('span', { className: 'unseen' })
  #plot: UPlot | undefined

  constructor (parent: HTMLElement, chart: ChartOf) {
    this.#chart = chart
    const figure = make('figure')
    const caption = make('figcaption', { text: chart.title })
    this.#words = make('span')
    caption.append(this.#words, this.#more)
    this.#place = make('div')
    this.#place.setAttribute('aria-hidden', 'true')
    figure.append(caption, this.#place)
    if (chart.lines.length > 1) {
      const legend = make('div', { className: 'legend' })
      legend.append(...chart.lines.map(({ name }) => make('span', { text: name })))
      figure.append(legend)
    }
    parent.append(figure)
  }

  show (samples: Sample[]): void {
    const { lines, isRate, format } = this.#chart
    const times = samples.slice(1).map(({ at }) => at / 1000)
    const values = lines.map(
      ({ of }) => samples.slice(1).map((sample, i) => isRate ? rate(samples[i] ?? sample, sample, of) : of(sample))
    )
    const data: UPlot.AlignedData = [times, ...values]
    this.#plot ??= this.#draw(data)
    const end = times.at(-1) ?? Date.now() / 1000
    this.#plot.setData(data, false)
    this.#plot.setScale('x', { min: Math.max(end - HOUR_S, Math.min(times[0] ?? end, end - SHORTEST_S)), max: end })
    const said = values.map((line) => `now ${format(line.at(-1) ?? 0)}, highest ${format(Math.max(0, ...line))}`)
    setText(this.#words, said[0] ?? '')
    setText(this.#more, said.slice(1).map((words, i) => `; ${lines[i + 1]?.name}: ${words}`).join(''))
  }

  resize (): void {
    this.#plot?.setSize({ width: this.#place.clientWidth, height: HEIGHT })
  }

  recolour (samples: Sample[]): void {
    this.#plot?.destroy()
    this.#plot = undefined
    this.show(samples)
  }

  #draw (data: UPlot.AlignedData): UPlot {
    const { lines, format } = this.#chart
    const colour = (name: string): string => resolved(this.#place, name)
    const axis = { stroke: colour('--soft'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } }
    return new UPlot({
      width: this.#place.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
      axes: [
        { ...axis, space: 70, values: (_plot, marks) => marks.map(timeOfDay) },
        { ...axis, size: 72, values: (_plot, marks) => marks.map((mark) => format(mark)) }
      ],
      series: [{}, ...lines.map(({ name }, i) => ({
        label: name, stroke: colour(i === 0 ? '--accent' : '--bad'), width: 1.5, points: { show: false }
      }))]
    }, data, this.#place)
  }
}

function timeOfDay (seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
}

function rate (before: Sample, after: Sample, of: (sample: Sample) => number): number {
  const ms = after.at - before.at
  return ms < MIN_STEP_MS ? 0 : Math.max(0, of(after) - of(before)) / ms * 1000
}

// A canvas knows no light-dark().
function resolved (place: HTMLElement, variable: string): string {
  const probe = make('span')
  probe.style.color = `var(${variable})`
  place.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
