import t from 'tap'
import { RequestTotals } from '../../src/admin/request-totals.js'

const facts = (more: object) => ({ status: 200, bytesSent: 10, ...more }) as Parameters<RequestTotals['observe']>[0]

t.test('requests are counted by operation and code', async (t) => {
  const totals = new RequestTotals()
  totals.observe(facts({ operation: 'GetObjectTorrent' }))
  totals.observe(facts({ operation: 'GetObjectTorrent', bytesSent: 5 }))
  totals.observe(facts({ operation: 'GetObjectTorrent', status: 304, bytesSent: 0 }))
  totals.observe(facts({ operation: 'GetObject', status: 404, code: 'NoSuchKey' }))
  t.same(totals.all, [
    { operation: 'GetObjectTorrent', code: 'OK', count: 2 },
    { operation: 'GetObjectTorrent', code: 'NotModified', count: 1 },
    { operation: 'GetObject', code: 'NoSuchKey', count: 1 }
  ])
  t.equal(totals.bytesOf('GetObjectTorrent'), 15)
  t.equal(totals.bytesOf('GetWebSeed'), 0)
})

t.test('operations that nobody knows are one, so that no client fills the memory', async (t) => {
  const totals = new RequestTotals()
  for (let i = 0; i < 1_000; i++) totals.observe(facts({ operation: `Made${i}` }))
  t.same(totals.all, [{ operation: 'other', code: 'OK', count: 1_000 }])
})

t.test('operations on prefixes are told apart', async (t) => {
  const totals = new RequestTotals()
  const operations = ['GetPrefixTorrent', 'GetPrefixFeed', 'GetBrowsePage']
  for (const operation of operations) totals.observe(facts({ operation }))
  t.same(totals.all.map(({ operation }) => operation), operations)
})

t.test('listeners hear of each, by its label', async (t) => {
  const totals = new RequestTotals()
  const heard: string[] = []
  totals.onRequest((operation, { bytesSent }) => { heard.push(`${operation} ${bytesSent}`) })
  totals.observe(facts({ operation: 'PutObject' }))
  totals.observe(facts({ operation: 'HeadObject', bytesSent: 0 }))
  t.same(heard, ['other 10', 'HeadObject 0'])
})
