import { showBars } from '../bars.js'
import { byId, fromTemplate, keyed, part, setText } from '../dom.js'
import { count } from '../format.js'
import type { RequestTotal } from '../wire.js'

/** Answers by operation and code, the most first. */
export function showRequests (requests: readonly RequestTotal[]): void {
  keyed(
    byId('requests'),
    [...requests].sort((a, b) => b.count - a.count),
    ({ operation, code }) => `${operation} ${code}`,
    ({ operation, code }) => {
      const row = fromTemplate('request')
      setText(part(row, 'operation'), operation)
      setText(part(row, 'code'), code)
      return row
    },
    (row, total) => setText(part(row, 'count'), count(total.count))
  )
}

/** Errors by code, whatever the operation, the most first. */
export function showErrors (requests: readonly RequestTotal[]): void {
  const errors = new Map<string, number>()
  for (const { code, count } of requests) {
    if (code !== 'OK' && code !== 'NotModified') errors.set(code, (errors.get(code) ?? 0) + count)
  }
  const rows = [...errors].sort(([, a], [, b]) => b - a)
  const most = rows[0]?.[1] ?? 1
  showBars(byId('errors'), rows.map(([name, value]) => ({ name, value, most, text: count(value), className: 'bad' })))
  setText(byId('errors-note'), rows.length === 0 ? 'No errors.' : '')
}
