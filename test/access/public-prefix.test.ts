import t from 'tap'
import { PublicAccess } from '../../src/access/public-access.js'
import { PublicPrefixes } from '../../src/access/public-prefix.js'
import type { ObjectHead, Objects } from '../../src/objects/objects.js'
import { OriginRefusal } from '../../src/objects/origin-errors.js'
import type { Requester } from '../../src/objects/requester.js'
import { manifestOf } from '../../src/torrent/manifest-of.js'

const FILES = 100
const never = new AbortController().signal
const manifest = manifestOf(
  { origin: 'o', bucket: 'bkt', prefix: 'set/', pieceLength: 'auto', metaVersion: 1 },
  new Map(Array.from({ length: FILES }, (_, i) => [`set/${String(i).padStart(3, '0')}`, { etag: '"e"', size: 10 }]))
)
const requester = (accessKeyId: string): Requester =>
  ({ keyPair: { accessKeyId, secretAccessKey: 's' }, requestPayer: false, client: { accessKeyId, network: '' } })

/** An origin of which everybody is told as `answer` says, and who was asked for. */
function scene (answer: (key: string) => Promise<void> | void = () => {}) {
  const asked: string[] = []
  const origin = {
    async head ({ key }: { key: string }): Promise<ObjectHead> {
      asked.push(key)
      await answer(key)
      return { size: 10, etag: '"e"', lastModified: undefined, requestCharged: false, headers: {} }
    }
  }
  const options = { anonymous: 'origin', public: [], own: undefined } as const
  const access = new PublicAccess(options, origin as Partial<Objects> as Objects)
  return { asked, prefixes: new PublicPrefixes(access) }
}

const refuse = (refused: string, code: 'AccessDenied' | 'InvalidArgument') => (key: string): void => {
  if (key === refused) throw new OriginRefusal(code)
}

t.test('public while all of its objects are, by a verdict of 30 seconds', async (t) => {
  const { asked, prefixes } = scene()
  for (let i = 0; i < 3; i++) {
    t.equal((await prefixes.verdict(manifest, requester('A'), performance.now(), never)).isPublic, true)
  }
  t.ok(asked.length <= FILES + 1, 'each was asked for once')
})

t.test('the one that is not public is asked for first the next time', async (t) => {
  const { asked, prefixes } = scene(refuse('set/090', 'AccessDenied'))
  t.equal(await prefixes.arePublic(manifest, never), false)
  asked.length = 0
  for (let i = 0; i < 5; i++) t.equal(await prefixes.arePublic(manifest, never), false)
  t.strictSame(asked, Array.from({ length: 5 }, () => 'set/090'))
})

t.test('a requester who leaves takes nobody along', async (t) => {
  let go = (): void => {}
  const held = new Promise<void>((resolve) => { go = resolve })
  const { prefixes } = scene(() => held)
  const leaving = new AbortController()
  const left = prefixes.verdict(manifest, requester('A'), performance.now(), leaving.signal)
  const stays = prefixes.verdict(manifest, requester('B'), performance.now(), never)
  leaving.abort(new Error('A is gone'))
  await t.rejects(left, { message: 'A is gone' })
  go()
  t.equal((await stays).isPublic, true)
})

t.test('whoever joined a question that fails asks for themselves', async (t) => {
  let questions = 0
  const { prefixes } = scene(async () => {
    if (questions++ > 0) return
    await new Promise((resolve) => { setImmediate(resolve) })
    throw new OriginRefusal('SlowDown')
  })
  const [first, second] = await Promise.allSettled([
    prefixes.verdict(manifest, requester('A'), performance.now(), never),
    prefixes.verdict(manifest, requester('B'), performance.now(), never)
  ])
  t.equal(first.status, 'rejected')
  t.match(second, { status: 'fulfilled', value: { isPublic: true } })
})

t.test('a store that has only a 400 for the unsigned publishes nothing, and refuses nobody', async (t) => {
  const { prefixes } = scene(refuse('set/000', 'InvalidArgument'))
  t.equal((await prefixes.verdict(manifest, requester('A'), performance.now(), never)).isPublic, false)
  await t.rejects(prefixes.arePublic(manifest, never), { code: 'InvalidArgument' }, 'the tracker waits for it')
})
