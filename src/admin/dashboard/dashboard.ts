import { Charts } from './charts.js'
import { byId, keyed, make, setText } from './dom.js'
import { bytes, count, duration, percent } from './format.js'
import { follow } from './live.js'
import type { Job, ListedTorrent, RequestTotal, Sample, Snapshot } from './wire.js'

const HOUR_MS = 3_600_000
const SAMPLE_MS = 10_000
const SAID_MS = 3_000

const rates = new Map<string, { at: number, hashed: number, rate: number }>()
let charts: Charts | undefined
let samples: Sample[] = []

function show (snapshot: Snapshot): void {
  setText(byId('process'), `${snapshot.version}, up ${duration(snapshot.uptime)}`)
  showAlarm(snapshot)
  showSaved(snapshot)
  showJobs(snapshot)
  showTorrents(snapshot.torrents)
  showRequests(snapshot.requests)
  showState(snapshot)
  const last = samples.at(-1)
  if (last === undefined || snapshot.now.at - last.at >= SAMPLE_MS) {
    samples = [...samples, snapshot.now].filter(({ at }) => snapshot.now.at - at <= HOUR_MS + SAMPLE_MS)
  }
  charts ??= new Charts(byId('charts'))
  charts.show(
    last === undefined || last.at === snapshot.now.at
      ? samples
      : [
          ...samples.filter(({ at }) => at !== snapshot.now.at), snapshot.now
        ]
  )
}

function showAlarm ({ ownKeyPairRefused }: Snapshot): void {
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

function showSaved ({ saved, traffic: { downloaded, originHashing, originSwarm, webSeed, seeder } }: Snapshot): void {
  const figure = byId('saved')
  figure.dataset['state'] = saved === null ? 'none' : saved < 0 ? 'loss' : 'gain'
  setText(figure, saved === null ? 'nothing yet' : percent(Math.max(0, saved)))
  const origin = originHashing + originSwarm
  const most = Math.max(downloaded, origin, 1)
  bars(byId('saved-bars'), [
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

function showJobs ({ jobs, moreJobs, eventsWaiting }: Snapshot): void {
  keyed(byId('jobs'), jobs, ({ bucket, key, size }) => JSON.stringify([bucket, key, size]), () => {
    const item = make('li')
    const facts = make('div', { className: 'facts' })
    facts.append(make('span'), make('span'))
    item.append(make('div', { className: 'object' }), make('progress'), facts)
    return item
  }, (item, job) => {
    const [object, bar, facts] = item.children as unknown as [HTMLElement, HTMLProgressElement, HTMLElement]
    setText(object, `${job.bucket}/${job.key}`)
    bar.max = job.size
    bar.value = job.hashed
    bar.setAttribute('aria-label', `hashed of ${job.bucket}/${job.key}`)
    const [left, right] = facts.children as unknown as [HTMLElement, HTMLElement]
    setText(left, `${percent(job.hashed / job.size)} of ${bytes(job.size)}${waiting(job.followers)}`)
    setText(right, speedOf(job))
  })
  for (const id of rates.keys()) if (!jobs.some((job) => idOf(job) === id)) rates.delete(id)
  const notes = [
    ...jobs.length === 0 ? ['Nothing is being hashed.'] : [],
    ...moreJobs > 0 ? [`${count(moreJobs)} more.`] : [],
    ...eventsWaiting > 0 ? [`${count(eventsWaiting)} new objects of bucket notifications wait.`] : []
  ]
  setText(byId('jobs-note'), notes.join(' '))
}

function speedOf (job: Job): string {
  if (!job.inTurn) return 'waits for its turn'
  const now = performance.now()
  const before = rates.get(idOf(job)) ?? { at: now - job.seconds * 1000, hashed: 0, rate: 0 }
  const seconds = (now - before.at) / 1000
  const rate = seconds > 0 ? (job.hashed - before.hashed) / seconds : 0
  const smooth = before.rate === 0 ? rate : before.rate * 0.6 + rate * 0.4
  rates.set(idOf(job), { at: now, hashed: job.hashed, rate: smooth })
  return smooth > 0 ? `${bytes(smooth)}/s, ${duration((job.size - job.hashed) / smooth)} left` : ''
}

function idOf ({ bucket, key, size }: Job): string {
  return JSON.stringify([bucket, key, size])
}

function showTorrents (torrents: readonly ListedTorrent[]): void {
  keyed(byId('torrents'), torrents, ({ infoHash, bucket, key, url }) => JSON.stringify([infoHash, bucket, key, url]), ({
    bucket, key, url
  }) => {
    const row = make('tr')
    const object = make('td')
    object.append(make('span', { className: 'object' }), make('span', { className: 'tag' }))
    const size = make('td', { className: 'number' })
    const hash = make('td', { className: 'hash' })
    const seeders = make('td', { className: 'number' })
    const leechers = make('td', { className: 'number' })
    seeders.dataset['label'] = 'Seeders'
    leechers.dataset['label'] = 'Leechers'
    const copies = make('td')
    const buttons = make('div', { className: 'copies' })
    buttons.append(copyButton('Magnet', `Copy the magnet link of ${bucket}/${key}`), copyButton(
      'Link', `Copy the link to the torrent of ${bucket}/${key}`
    ))
    copies.append(buttons)
    row.append(object, size, hash, seeders, leechers, copies)
    row.dataset['url'] = url
    return row
  }, (row, torrent) => {
    const [object, size, hash, seeders, leechers, copies] =
      row.children as unknown as [HTMLElement, HTMLElement, HTMLElement, HTMLElement, HTMLElement, HTMLElement]
    const [name, tag] = object.children as unknown as [HTMLElement, HTMLElement]
    setText(name, `${torrent.bucket}/${torrent.key}`)
    setText(tag, torrent.isPublic === true ? 'public' : 'private')
    tag.hidden = torrent.isPublic === null
    setText(size, bytes(torrent.size))
    setText(hash, torrent.infoHash)
    setText(seeders, count(torrent.complete))
    setText(leechers, count(torrent.incomplete))
    const [magnet, link] = copies.querySelectorAll('button')
    if (magnet !== undefined) magnet.dataset['copy'] = torrent.magnet
    if (link !== undefined) link.dataset['copy'] = torrent.url
  })
  setText(byId('torrents-note'), torrents.length === 0 ? 'None yet. Ask for one: GET /bucket/key?torrent' : '')
}

function copyButton (text: string, label: string): HTMLButtonElement {
  const button = make('button', { text })
  button.type = 'button'
  button.setAttribute('aria-label', label)
  button.addEventListener('click', () => { copy(button, text).catch(() => {}) })
  return button
}

async function copy (button: HTMLButtonElement, text: string): Promise<void> {
  const value = button.dataset['copy'] ?? ''
  try {
    await navigator.clipboard.writeText(value)
    say('Copied')
    button.textContent = 'Copied'
  } catch {
    // Without https, browsers have no clipboard but the selection's.
    prompt('Copy this:', value)
  }
  setTimeout(() => { button.textContent = text }, SAID_MS)
}

function showRequests (requests: readonly RequestTotal[]): void {
  const byCount = [...requests].sort((a, b) => b.count - a.count)
  keyed(byId('requests'), byCount, ({ operation, code }) => `${operation} ${code}`, ({ operation, code }) => {
    const row = make('tr')
    row.append(make('td', { text: operation }), make('td', { text: code }), make('td', { className: 'number' }))
    return row
  }, (row, total) => setText(row.children[2] as HTMLElement, count(total.count)))
  const errors = new Map<string, number>()
  for (const { code, count } of requests) {
    if (code !== 'OK' && code !== 'NotModified') errors.set(code, (errors.get(code) ?? 0) + count)
  }
  const rows = [...errors].sort(([, a], [, b]) => b - a)
  const most = rows[0]?.[1] ?? 1
  bars(byId('errors'), rows.map(([name, value]) => ({ name, value, most, text: count(value), className: 'bad' })))
  setText(byId('errors-note'), rows.length === 0 ? 'No errors.' : '')
}

function showState ({ swarm, store, now }: Snapshot): void {
  bars(byId('state'), [
    { name: 'swarms', text: count(swarm.swarms) },
    { name: 'peers: seeders', text: count(swarm.seeders) },
    { name: 'peers: leechers', text: count(swarm.leechers) },
    { name: 'peers connected to our seeder', text: count(swarm.connected) },
    { name: 'announces', text: count(now.announces) },
    { name: 'store', value: store.used, most: store.max, text: `${bytes(store.used)} of ${bytes(store.max)}` }
  ])
}

interface Bar {
  readonly name: string
  readonly text: string
  /** Of `most`; none: no bar. */
  readonly value?: number
  readonly most?: number
  readonly className?: string
}

function bars (parent: HTMLElement, rows: readonly Bar[]): void {
  keyed(parent, rows, ({ name }) => name, ({ name, value, className }) => {
    const row = make('div')
    row.append(make('dt', { text: name }), make('dd'))
    if (value !== undefined) row.append(make('meter', className === undefined ? {} : { className }))
    return row
  }, (row, { name, text, value = 0, most = 1 }) => {
    const [, figure, meter] = row.children as unknown as [HTMLElement, HTMLElement, HTMLMeterElement | undefined]
    setText(figure, text)
    if (meter === undefined) return
    meter.max = most
    meter.value = value
    meter.setAttribute('aria-label', name)
  })
}

function askForToken (wasWrong: boolean): Promise<string> {
  const form = byId<HTMLFormElement>('login')
  const input = byId<HTMLInputElement>('token')
  form.hidden = false
  byId('main').hidden = true
  state('waiting', 'A token is needed')
  setText(byId('refused'), wasWrong ? 'That is not the token.' : '')
  input.focus()
  return new Promise((resolve) => {
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      resolve(input.value)
      input.value = ''
    }, { once: true })
  })
}

function state (name: 'waiting' | 'live' | 'lost', text: string): void {
  const status = byId('status')
  status.dataset['state'] = name
  setText(status, text)
}

function say (text: string): void {
  const said = byId('said')
  said.textContent = text
  setTimeout(() => { said.textContent = '' }, SAID_MS)
}

await follow({
  onHistory (history) {
    samples = history
  },
  onSnapshot (snapshot) {
    byId('main').hidden = false
    byId('login').hidden = true
    state('live', 'Live')
    show(snapshot)
  },
  onLost () {
    state('lost', 'The connection is lost; trying again')
  },
  askForToken
})

function waiting (followers: number): string {
  if (followers > 1) return `, ${count(followers)} wait for it`
  return followers === 0 ? ', nobody waits' : ''
}
