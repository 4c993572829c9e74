import { setTimeout as sleep } from 'node:timers/promises'
import { httpGet } from './http-get.js'

const LIMIT_MS = 20_000

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

/** Waits until a figure is what it must become. Rejects after 20 s with what it was. */
export async function untilMetric (
  admin: string, name: string, isRight: (value: number) => boolean, token?: string
): Promise<Map<string, number>> {
  const limit = performance.now() + LIMIT_MS
  for (;;) {
    const values = await metricsAt(admin, token)
    const value = values.get(name) ?? 0
    if (isRight(value)) return values
    if (performance.now() > limit) throw new Error(`${name} stays ${value}`)
    await sleep(50)
  }
}
