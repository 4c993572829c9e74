import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { followFeed } from '../support/bittorrent/qbittorrent-feed.js'
import { contentAt } from '../support/content.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'
import { tempDir } from '../support/torrent-check.js'

t.test('qBittorrent follows the feed of a prefix, and downloads what is new', async (t) => {
  if (!need(t, 'qbittorrent-nox')) return
  const dir = tempDir(t)
  const [buckets, downloads] = [join(dir, 'buckets'), join(dir, 'downloads')]
  mkdirSync(join(buckets, 'media/films'), { recursive: true })
  mkdirSync(downloads)
  const [oldName, newName] = ['old film.mkv', "new & 'film' #2.mkv"]
  const [oldContent, newContent] = [contentAt(1, 0, 300_000), contentAt(2, 0, 400_000)]
  writeFileSync(join(buckets, 'media/films', oldName), oldContent)
  writeFileSync(join(buckets, 'media/elsewhere'), contentAt(3, 0, 1_000))
  const server = await startServer(t, { args: ['--origin', buckets] })
  let isPut = false
  const { finished, output } = await followFeed(`${server.url}/media?torrent&prefix=films/&rss`, {
    dir: downloads,
    seconds: 90,
    until: (finished) => {
      if (finished.length === 1 && !isPut) {
        writeFileSync(join(dir, 'new'), newContent)
        renameSync(join(dir, 'new'), join(buckets, 'media/films', newName))
        isPut = true
      }
      return finished.length === 2
    }
  })
  t.ok(isPut, 'it had what was there', { output })
  t.strictSame([...finished].sort(), [newName, oldName], output)
  t.strictSame(readdirSync(downloads).sort(), [newName, oldName], 'and nothing of elsewhere')
  t.ok(readFileSync(join(downloads, oldName)).equals(oldContent))
  t.ok(readFileSync(join(downloads, newName)).equals(newContent))
})
