import { httpGet } from './http-get.js'
import { until } from './until.js'

/** What `/metrics` says of our own: by name and labels as they are written, `name{a="b"}`. */
export async function metricsAt (admin: string, token?: string): Promise<Map<string, number>> {
  const { status, body } = await httpGet(`${admin}/metrics`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` }
  })
  if (status !== 200) throw new Error(`/metrics answered ${status}`)
  const values = new Map<string, number>()
  for (const line of body.toString().split('\n')) {
    const [, name = '', value] = /^(object_torrent_\S+) (\S+)$/.exec(line) ?? []
    if (name !== '') values.set(name, Number(value))
  }
  return values
}

/** Waits until a figure is what it must become. Rejects after a minute. */
export async function untilMetric (
  admin: string, name: string, isRight: (value: number) => boolean, token?: string
): Promise<Map<string, number>> {
  return until(`${name} is right`, async () => {
    const values = await metricsAt(admin, token)
    return isRight(values.get(name) ?? 0) && values
  })
}
