import bencode from 'bencode'
import t from 'tap'
import { Bandwidth } from '../../../src/delivery/bandwidth.js'
import { MetadataReplies, extensionHandshake } from '../../../src/swarm/seeder/metadata-replies.js'
import type { PeerOutput } from '../../../src/swarm/seeder/peer-output.js'
import { contentAt } from '../../support/content.js'
import { message } from '../../support/wire-peer.js'

const NEVER = new AbortController().signal
const BLOCK = 16_384
const INFO = contentAt(3, 0, BLOCK + 100)

type Messages = ReadonlyArray<readonly [number: number, payload: string]>

/** The replies to a peer that has sent these extended messages. */
function repliesTo (messages: Messages, send: PeerOutput['send']): MetadataReplies {
  const replies = new MetadataReplies({
    info: INFO, address: '127.0.0.1', output: { send }, bandwidth: new Bandwidth({ total: 0, perClient: 0 })
  })
  for (const [number, payload] of messages) replies.receive(number, Buffer.from(payload))
  return replies
}

/** What a peer is sent that has sent these extended messages. */
async function answers (...messages: Messages): Promise<Buffer[]> {
  const sent: Buffer[] = []
  const replies = repliesTo(messages, (bytes) => { sent.push(bytes) })
  while (await replies.send(NEVER));
  return sent
}

const hello = (number: number): readonly [number, string] => [0, `d1:md11:ut_metadatai${number}eee`]
const ask = (piece: number | string): readonly [number, string] => [1, `d8:msg_typei0e5:piecei${piece}ee`]
const answer = (number: number, dictionary: string, block: Buffer = Buffer.alloc(0)): Buffer =>
  message(20, Buffer.from([number]), Buffer.from(dictionary), block)

t.test('the extension handshake', async (t) => {
  const bytes = extensionHandshake(INFO, 2000)
  t.same([bytes.readUInt32BE(), bytes[4], bytes[5]], [bytes.length - 4, 20, 0])
  t.match(bencode.decode(bytes.subarray(6)), {
    m: { ut_metadata: 1 }, metadata_size: INFO.length, reqq: 2000, upload_only: 1
  })
  const { v } = bencode.decode(bytes.subarray(6)) as { v: Uint8Array }
  t.equal(Buffer.from(v).toString(), 'object-torrent')
})

t.test('blocks, the last one, and one that is not there', async (t) => {
  const total = `10:total_sizei${INFO.length}ee`
  t.same(await answers(hello(7), ask(1), ask(0), ask(2), ask(999_999_999_999_999)), [
    answer(7, `d8:msg_typei1e5:piecei1e${total}`, INFO.subarray(BLOCK)),
    answer(7, `d8:msg_typei1e5:piecei0e${total}`, INFO.subarray(0, BLOCK)),
    answer(7, 'd8:msg_typei2e5:piecei2ee'),
    answer(7, 'd8:msg_typei2e5:piecei999999999999999ee')
  ])
})

t.test('by which number the peer wants its answers', async (t) => {
  const numbered = async (...messages: ReadonlyArray<readonly [number, string]>): Promise<number | undefined> =>
    (await answers(...messages, ask(2)))[0]?.[5]
  t.equal(await numbered(hello(3)), 3)
  t.equal(await numbered(hello(3), hello(255)), 255, 'the last one that it says')
  t.equal(await numbered([0, 'd1:md11:ut_metadatai3e6:ut_pexi1eee']), 3)
  for (const payload of [
    '', 'de', 'd1:mdee', 'd1:m5:abcdee', 'd1:md11:ut_metadatai0eee', 'd1:md11:ut_metadatai256eee',
    'd1:md11:ut_metadata1:3ee', 'l-3:e', 'd1:md1:xd8:toStringi5eeee', 'd1:md9:__proto__d11:ut_metadatai3eeee',
    `d1:m${'l'.repeat(60_000)}`
  ]) {
    t.equal(await numbered([0, payload]), undefined, `none by ${payload.slice(0, 40)}`)
    t.equal(await numbered(hello(3), [0, payload]), 3, 'the one before is still good')
  }
  t.same(await answers(ask(0), hello(7)), [], 'what was asked before it said so has no answer')
})

t.test('what is no request has no answer', async (t) => {
  t.same(await answers(
    hello(7), ask(-1), ask(1.5), ask('01'), [1, 'd8:msg_typei0e5:piece1:0e'], [1, 'd8:msg_typei1e5:piecei0ee'],
    [1, 'd8:msg_typei2e5:piecei0ee'], [1, 'd5:piecei0ee'], [1, 'de'], [1, ''], [1, 'x'], [1, 'l'.repeat(60_000)],
    [2, 'd8:msg_typei0e5:piecei0ee'], [255, 'd8:msg_typei0e5:piecei0ee']
  ), [])
})

t.test('nothing is made for a peer that is gone', async (t) => {
  const replies = repliesTo([hello(7), ask(0), ask(1)], () => { t.fail('it is gone') })
  const gone = new Error('the peer is gone')
  await t.rejects(replies.send(AbortSignal.abort(gone)), gone)
})
