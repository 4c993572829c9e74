import { showBars } from '../bars.js'
import { byId, setText } from '../dom.js'
import { bytes, percent } from '../format.js'
import type { Snapshot } from '../wire.js'

/** The bandwidth that swarms have saved. */
export function showSaved (
  { saved, traffic: { downloaded, originHashing, originSwarm, webSeed, seeder } }: Snapshot
): void {
  const figure = byId('saved')
  figure.dataset['state'] = saved === null ? 'none' : saved < 0 ? 'loss' : 'gain'
  setText(figure, saved === null ? 'nothing yet' : percent(Math.max(0, saved)))
  const origin = originHashing + originSwarm
  const most = Math.max(downloaded, origin, 1)
  showBars(byId('saved-bars'), [
    { name: 'downloaded by swarms', value: downloaded, most, text: bytes(downloaded) },
    { name: 'read at the origin', value: origin, most, text: bytes(origin) }
  ])
  setText(
    byId('saved-note'),
    `${saved !== null && saved < 0 ? 'So far more was read at the origin than swarms have downloaded. ' : ''}Of ` +
    `what was read, ${bytes(originHashing)} to hash and ${bytes(originSwarm)} to send. Sent: ${bytes(webSeed)} by ` +
    `web seed, ${bytes(seeder)} by the seeder; peers gave each other the rest.`
  )
}
