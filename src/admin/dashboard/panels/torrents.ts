import { byId, fromTemplate, keyed, part, setText } from '../dom.js'
import { bytes, count } from '../format.js'
import { SAID_MS, say } from '../said.js'
import type { ListedTorrent } from '../wire.js'

/** The torrents that were used last. */
export function showTorrents (torrents: readonly ListedTorrent[]): void {
  keyed(
    byId('torrents'),
    torrents,
    ({ infoHash, bucket, key, url }) => JSON.stringify([infoHash, bucket, key, url]),
    makeRow,
    showRow
  )
  setText(byId('torrents-note'), torrents.length === 0 ? 'None yet. Ask for one: GET /bucket/key?torrent' : '')
}

function makeRow ({ bucket, key, url }: ListedTorrent): HTMLElement {
  const row = fromTemplate('torrent')
  row.dataset['url'] = url
  copies(part(row, 'magnet'), `Copy the magnet link of ${bucket}/${key}`)
  copies(part(row, 'link'), `Copy the link to the torrent of ${bucket}/${key}`)
  return row
}

function showRow (row: HTMLElement, torrent: ListedTorrent): void {
  setText(part(row, 'object'), `${torrent.bucket}/${torrent.key}`)
  const files = part(row, 'files')
  setText(files, torrent.files === null ? 'prefix' : `${count(torrent.files)} file${torrent.files === 1 ? '' : 's'}`)
  files.hidden = !torrent.isPrefix
  const tag = part(row, 'tag')
  setText(tag, torrent.isPublic === true ? 'public' : 'private')
  tag.hidden = torrent.isPublic === null
  setText(part(row, 'size'), bytes(torrent.size))
  setText(part(row, 'hash'), torrent.infoHash)
  setText(part(row, 'seeders'), count(torrent.complete))
  setText(part(row, 'leechers'), count(torrent.incomplete))
  const magnet = part(row, 'magnet')
  magnet.hidden = torrent.magnet === null
  magnet.dataset['copy'] = torrent.magnet ?? ''
  part(row, 'link').dataset['copy'] = torrent.url
}

/** Makes a button copy its `data-copy`. */
function copies (button: HTMLElement, label: string): void {
  const text = button.textContent
  button.setAttribute('aria-label', label)
  button.addEventListener('click', () => { copy(button, text).catch(() => {}) })
}

async function copy (button: HTMLElement, text: string | null): Promise<void> {
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
