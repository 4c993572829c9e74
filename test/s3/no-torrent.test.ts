import t from 'tap'
import { NoTorrent, reasonOf } from '../../src/s3/no-torrent.js'

const REASONS = ['empty', 'too-large', 'sse-c', 'archived', 'weak-etag', 'no-etag', 'redirect'] as const

t.test('the error document of every reason says which one it is', async (t) => {
  for (const reason of REASONS) {
    const error = new NoTorrent(reason, { limit: 5_368_709_120 })
    t.equal(error.reason, reason)
    t.equal(reasonOf(error.code, error.message), reason, error.message)
  }
})

t.test('what else an error document says is no reason', async (t) => {
  for (const [code, message] of [
    ['AccessDenied', 'Access Denied'], ['InvalidRequest', 'Invalid Request'],
    ['NoSuchKey', new NoTorrent('empty').message],
    ['InvalidRequest', ''], ['', ''], ['InvalidRequest', 'a file larger than its disk']
  ] as const) t.equal(reasonOf(code, message), undefined, `${code} ${message}`)
})

t.test('the limit and the storage class are said', async (t) => {
  t.match(new NoTorrent('too-large', { limit: 100 }).message, /larger than 100$/)
  t.strictSame(new NoTorrent('archived', { storageClass: 'GLACIER' }).details, { StorageClass: 'GLACIER' })
  t.strictSame(new NoTorrent('archived').details, {})
})
