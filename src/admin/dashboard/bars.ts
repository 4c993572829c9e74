import { fromTemplate, keyed, part, setText } from './dom.js'

export interface Bar {
  readonly name: string
  readonly text: string
  /** Of `most`; undefined: a figure without a bar. */
  readonly value?: number
  readonly most?: number
  readonly className?: string
}

/** Figures with their names, one a line, most of them with a bar. */
export function showBars (parent: HTMLElement, bars: readonly Bar[]): void {
  keyed(parent, bars, ({ name }) => name, makeBar, (row, { name, text, value, most = 1 }) => {
    setText(part(row, 'figure'), text)
    if (value === undefined) return
    const meter = part(row, 'meter', HTMLMeterElement)
    meter.max = most
    meter.value = value
    meter.setAttribute('aria-label', name)
  })
}

function makeBar ({ name, value, className = '' }: Bar): HTMLElement {
  const row = fromTemplate('bar')
  setText(part(row, 'name'), name)
  if (value === undefined) part(row, 'meter').remove()
  else part(row, 'meter').className = className
  return row
}
