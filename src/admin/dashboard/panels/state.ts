import { showBars } from '../bars.js'
import { byId, setText } from '../dom.js'
import { bytes, count } from '../format.js'
import type { Snapshot } from '../wire.js'

/** Swarm and store. */
export function showState ({ swarm, store, now }: Snapshot): void {
  showBars(byId('state'), [
    { name: 'swarms', text: count(swarm.swarms) },
    { name: 'peers: seeders', text: count(swarm.seeders) },
    { name: 'peers: leechers', text: count(swarm.leechers) },
    { name: 'peers connected to our seeder', text: count(swarm.connected) },
    { name: 'announces', text: count(now.announces) },
    { name: 'store', value: store.used, most: store.max, text: `${bytes(store.used)} of ${bytes(store.max)}` }
  ])
}

/** What the operator has to do something about. */
export function showAlarm ({ ownKeyPairRefused }: Snapshot): void {
  const alarm = byId('alarm')
  alarm.hidden = ownKeyPairRefused === null
  setText(
    alarm,
    ownKeyPairRefused === null
      ? ''
      : `The origin refuses this server's own key pair (${ownKeyPairRefused}): nobody gets what --public ` +
        'publishes. The log says what to do.'
  )
}
