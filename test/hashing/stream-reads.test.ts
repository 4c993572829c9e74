import t from 'tap'
import { DirectoryOrigin } from '../../src/objects/directory/directory-origin.js'
import { Hasher } from '../../src/hashing/hasher.js'
import { StreamReads } from '../../src/hashing/stream-reads.js'
import type { ExpectedFile } from '../../src/torrent/expected-torrent.js'
import { contentAt } from '../support/content.js'

const SIGNAL = new AbortController().signal
const REQUESTER = { keyPair: undefined, requestPayer: false }

// A pad before everything, between some, behind the last; an empty file; one that is not there, and one too short.
const LAYOUT: ReadonlyArray<readonly [path: string, offset: number, length: number, there: number]> = [
  ['a', 10, 5, 5], ['empty', 15, 0, 0], ['b', 15, 100_000, 100_000], ['gone', 100_015, 20, 0], ['c', 100_040, 7, 7],
  ['short', 100_047, 30, 12], ['d', 100_077, 1, 1], ['longer', 200_000, 3, 3]
]
const SIZE = 200_010

t.test('all bytes of a torrent as if they were one object', async (t) => {
  const bodies = LAYOUT.map(([path, , , there], i) => contentAt(i + 1, 0, path === 'longer' ? there + 9 : there))
  const folder = t.testdir(Object.fromEntries(
    LAYOUT.flatMap(([path], i) => path === 'gone' ? [] : [[path, bodies[i] ?? Buffer.alloc(0)]])
  ))
  const whole = Buffer.alloc(SIZE)
  for (const [i, [, offset, , there]] of LAYOUT.entries()) bodies[i]?.copy(whole, offset, 0, there)
  const origin = new DirectoryOrigin(folder)
  const hasher = new Hasher(
    { threads: 1, readsPerObject: 1, reads: 1, maxJobs: 1, maxQueue: 1, graceMs: 0 }, (error) => { throw error }
  )
  t.teardown(() => hasher.close())
  const files = LAYOUT.map(([path, offset, length]): ExpectedFile => ({
    path, offset, length, isBelow: true, root: undefined, padding: 0, layer: undefined
  }))
  const found = await Promise.all(LAYOUT.map(async ([path]) => {
    const object = { bucket: '.', key: path }
    return path === 'gone' ? undefined : { object, head: await origin.head(object, REQUESTER, SIGNAL) }
  }))
  const expected = { metaVersion: 1, pieceLength: 16384, pieces: 13, size: SIZE, digests: undefined, files } as const
  const parts = { origin, hasher, requester: REQUESTER, onProgress: () => {} }
  const { reads } = new StreamReads(parts, { expected, found }, SIZE)
  const edges = LAYOUT.flatMap(([, offset, length, there]) => [offset, offset + there, offset + length])
  const positions = [0, SIZE - 1, ...edges.flatMap((edge) => [edge - 1, edge, edge + 1])]
    .filter((at) => at < SIZE).sort((a, b) => a - b)
  for (const first of positions) {
    for (const last of positions.filter((at) => at >= first)) {
      const chunks: Uint8Array[] = []
      for await (const bytes of await reads.read(first, last, SIGNAL)) chunks.push(Buffer.from(bytes))
      if (!Buffer.concat(chunks).equals(whole.subarray(first, last + 1))) t.fail(`bytes ${first}-${last}`)
    }
    const direct = await reads.direct?.(first, SIZE - 1)
    if (direct?.kind === 'file') {
      const [, offset = 0] = LAYOUT.find(([path]) => direct.path.endsWith(`/${path}`)) ?? []
      t.equal(direct.first + offset, first, 'of the file, from this byte on')
    } else {
      t.ok(direct?.kind === 'zeros' && whole.subarray(first, first + direct.bytes).every((byte) => byte === 0))
    }
  }
})
