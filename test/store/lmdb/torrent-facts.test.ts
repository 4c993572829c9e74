import t from 'tap'
import { decodeFacts, encodeFacts } from '../../../src/store/lmdb/torrent-facts.js'
import { idOf } from '../../../src/torrent/identity.js'
import { identityFor, infoHashFor } from '../conformance.js'

const hash = infoHashFor('key')

// Files have this, and have had it before an identity told version and x-amz-info apart.
t.test('the facts of an object with one info hash are what they always were', async (t) => {
  for (const [xAmzInfo, format] of [[false, 'v1'], [true, 'v1 x-amz']] as const) {
    const identity = { ...identityFor('key'), versionId: 'v', xAmzInfo }
    const { metaVersion: _, xAmzInfo: __, ...fields } = identity
    const written = { identity: { ...fields, format }, infoHash: hash.hex, created: 7 }
    t.strictSame(encodeFacts({ identity, infoHashes: [hash], created: 7 }), written)
    t.strictSame(decodeFacts(idOf(identity), written), { identity, infoHashes: [hash], created: 7 })
  }
})

t.test('two info hashes of a hybrid', async (t) => {
  const facts = { identity: identityFor('key'), infoHashes: [hash, infoHashFor('version 2')], created: 7 }
  const written: unknown = JSON.parse(JSON.stringify(encodeFacts(facts)))
  t.match(written, { infoHash: hash.hex, moreInfoHashes: [infoHashFor('version 2').hex] })
  t.strictSame(decodeFacts(idOf(facts.identity), written), facts)
})

t.test('what is damaged, of another object or of a later version says nothing', async (t) => {
  const identity = identityFor('key')
  const written = encodeFacts({ identity, infoHashes: [hash], created: 7 })
  t.equal(decodeFacts(idOf(identityFor('other')), written), undefined)
  for (const other of [
    undefined, null, 'text', {}, { ...written, infoHash: 'x' }, { ...written, moreInfoHashes: [1] },
    { ...written, identity: { ...written.identity, format: 'v2' } }, { ...written, identity: null }
  ]) t.equal(decodeFacts(idOf(identity), other), undefined, JSON.stringify(other))
})
