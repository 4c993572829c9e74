import t from 'tap'
import { areSame, identityFormatOf, idOf, idsOf, parseFormat } from '../../src/torrent/identity.js'
import { identityFor } from '../store/conformance.js'

const OTHERS: Record<string, unknown> = { size: 1, pieceLength: 1, metaVersion: 2, xAmzInfo: true }

t.test('the id of an identity is always the same', async (t) => {
  const identity = identityFor('key')
  t.match(idOf(identity), /^[0-9a-f]{64}$/)
  t.equal(idOf({ ...identity }), idOf(identity))
  const reversed = Object.fromEntries(Object.entries(identity).reverse()) as unknown as typeof identity
  t.equal(idOf(reversed), idOf(identity), 'whatever the order of its fields')
  // Written into files: a change here loses what every store has.
  t.equal(idOf(identity), 'b8a089503765b5c3a8f937eea285c5ded0481fc0a7a5bc851706587468adf52c')
})

t.test('the same without its id', async (t) => {
  const identity = { ...identityFor('key'), versionId: 'v' }
  t.ok(areSame(identity, { ...identity }))
  for (const name of Object.keys(identity)) {
    const other = { ...identity, [name]: OTHERS[name] ?? 'another' }
    t.notOk(areSame(identity, other), name)
    if (name !== 'versionId') t.not(idOf(identity), idOf(other), name)
  }
  t.notOk(areSame(identity, identityFor('key')))
})

t.test('the same bytes have one id, whatever version id they are asked for by', async (t) => {
  const identity = identityFor('key')
  for (const versionId of ['v', 'null', '', '1']) {
    t.equal(idOf({ ...identity, versionId }), idOf(identity))
    t.strictSame(idsOf({ ...identity, versionId }).length, 2)
  }
  t.strictSame(idsOf(identity), [idOf(identity)])
  // What files have in which the version id was part of it.
  t.equal(idsOf({ ...identity, versionId: 'v' })[1], '371a25c6f93c5cd71592ccfe783d40b2afcd6217fec4b599924f98cea25d3ca7')
})

t.test('the version and x-amz-info are one word in ids and files', async (t) => {
  for (const [word, metaVersion, xAmzInfo] of [
    ['v1', 1, false], ['v1 x-amz', 1, true], ['v2', 2, false], ['hybrid x-amz', 'hybrid', true]
  ] as const) {
    t.equal(identityFormatOf({ metaVersion, xAmzInfo }), word)
    t.strictSame(parseFormat(word), { metaVersion, xAmzInfo })
  }
  for (const word of ['', 'v3', 'toString', 'v1 ', 'v1 x-amz ', 'V1']) t.equal(parseFormat(word), undefined, word)
  // Written into files, as above.
  t.equal(
    idOf({ ...identityFor('key'), xAmzInfo: true }), 'c7ba9ba36033e0dd31c135154de11e73b3a6312bd8a835ae12d565a1505d1c74'
  )
})
