import t from 'tap'
import { parseAddress } from '../../src/s3/address.js'
import { S3Error } from '../../src/s3/errors.js'

const HOST = '127.0.0.1:8080'
const address = (target: string, host = HOST, domains: string[] = ['s3.example.net', 'eu.s3.example.net']) => {
  const { bucket, key, virtualHosted } = parseAddress(target, host, domains)
  return [bucket, key, virtualHosted]
}
const refusal = (target: string, host = HOST) => {
  try {
    return address(target, host)
  } catch (error) {
    return error instanceof S3Error ? error.code : error
  }
}

t.test('path style', async (t) => {
  t.strictSame(address('/'), [undefined, undefined, false])
  t.strictSame(address('/bkt'), ['bkt', undefined, false])
  t.strictSame(address('/bkt/'), ['bkt', undefined, false])
  t.strictSame(address('/bkt/a/b?torrent'), ['bkt', 'a/b', false])
})

t.test('virtual-hosted style, the longest domain wins', async (t) => {
  t.strictSame(address('/a/b', 'bkt.s3.example.net'), ['bkt', 'a/b', true])
  t.strictSame(address('/a/b', 'BKT.S3.example.net:8080'), ['bkt', 'a/b', true])
  t.strictSame(address('/a', 'bkt.eu.s3.example.net'), ['bkt', 'a', true])
  t.strictSame(address('/', 'bkt.s3.example.net'), ['bkt', undefined, true])
  t.strictSame(address('/bkt/a', 's3.example.net'), ['bkt', 'a', false])
  t.strictSame(address('/bkt/a', 'eu.s3.example.net'), ['bkt', 'a', false])
  t.strictSame(address('/-/seed/x', 'bkt.s3.example.net'), ['bkt', '-/seed/x', true])
})

t.test('S50-S52: keys are decoded once and never normalised', async (t) => {
  const KEYS: Array<[raw: string, key: string]> = [
    ['a%20b', 'a b'], ['a+b', 'a+b'], ['a%2Bb', 'a+b'], ['a%2Fb', 'a/b'], ['a%252Fb', 'a%2Fb'], ['a%2525b', 'a%25b'],
    ['%252e%252e%252f', '%2e%2e%2f'], ['../other/key', '../other/key'], ['a/../b', 'a/../b'], ['./a', './a'],
    ['/a', '/a'], ['a//b', 'a//b'], ['%C3%BC', 'ü'], ['%c3%bc', 'ü'], ['u%CC%88', 'u\u0308'], ["~!*'();:", "~!*'();:"],
    ['%EF%BB%BFx', '\uFEFFx'], [Buffer.from('ü').toString('latin1'), 'ü']
  ]
  for (const [raw, key] of KEYS) t.strictSame(address(`/bkt/${raw}`), ['bkt', key, false], raw)
})

t.test('S54: what is no URI', async (t) => {
  for (const raw of ['%', '%z', '%zz', '%2', 'a%00b', '%C3', '%C0%AF', '%ED%A0%80', '%FF', '?versionId=%zz', 'x?%FF']) {
    t.equal(refusal(`/bkt/${raw}`), 'InvalidURI', raw)
  }
})

t.test('S55: keys of 1,024 bytes of UTF-8, and one more', async (t) => {
  t.strictSame(address(`/bkt/${'k'.repeat(1024)}`)[1], 'k'.repeat(1024))
  t.equal(refusal(`/bkt/${'k'.repeat(1025)}`), 'KeyTooLongError')
  t.strictSame(address(`/bkt/${'%C3%BC'.repeat(512)}`)[1], 'ü'.repeat(512))
  t.equal(refusal(`/bkt/${'%C3%BC'.repeat(512)}k`), 'KeyTooLongError')
})

t.test('S55: bucket names: those that clients send, and the origin judges', async (t) => {
  for (const name of [
    '.', '..', '-', 'a'.repeat(256), 'a%2Fb', '%2e%2e', '%2E', '%2D', 'a%20b', 'b%C3%BCcher', 'tenant:bucket',
    'tenant%3Abucket', 'a$b', 'a%0A', '%0Aa', '~a', 'a*', '%5C'
  ]) {
    t.equal(refusal(`/${name}/k`), 'InvalidBucketName', name)
  }
  for (const name of [
    'abc', 'a'.repeat(63), 'a'.repeat(255), 'a.b-c', '123', 'My_Bucket', 'UPPER', 'ab', 'a', '_', '--', '...', '-ab',
    'ab-', 'a..b', '127.0.0.1'
  ]) {
    t.equal(address(`/${name}/k`)[0], name)
  }
  t.equal(address('/%4Dy%5FBucket/k')[0], 'My_Bucket', 'escaped')
})

t.test('S55: a host name has no capitals, and the names of today', async (t) => {
  const hosted = (name: string) => refusal('/k', `${name}.s3.example.net`)
  for (const name of ['a_b', '-', 'ab', '-ab', 'a..b', '127.0.0.1', 'a'.repeat(64)]) {
    t.equal(hosted(name), 'InvalidBucketName', name)
  }
  t.strictSame(hosted('My-Bucket'), ['my-bucket', 'k', true])
})
