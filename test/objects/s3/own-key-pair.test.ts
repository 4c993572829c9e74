import t from 'tap'
import type { Requester } from '../../../src/objects/requester.js'
import { OriginRedirect, OriginRefusal, isVerdict } from '../../../src/objects/origin-errors.js'
import { OwnKeyPairRefused, OwnKeyPairState } from '../../../src/objects/s3/own-key-pair.js'
import { S3Origin } from '../../../src/objects/s3/s3-origin.js'
import { startFaultyOrigin } from '../../support/faulty-origin.js'

const keyPair = { accessKeyId: 'OWN', secretAccessKey: 'secret' }
const signed: Requester = { keyPair, requestPayer: false }
const own: Requester = { ...signed, own: true }
const never = new AbortController().signal

const store = await startFaultyOrigin(t)
const lines: Array<{ level: string, code?: string, message: string }> = []
const line = (level: string) => (facts: { code?: string }, message: string): void => {
  lines.push({ level, ...facts, message })
}
const state = new OwnKeyPairState(() => ({ error: line('error'), info: line('info') }))
const origin = new S3Origin({
  endpoint: store.endpoint, region: 'us-east-1', addressing: 'path', ownKeyPair: keyPair, ownKeyPairState: state
})
t.teardown(() => origin.close())

/** What was thrown, by HEAD, GET and HEAD of the bucket. */
async function thrown (requester: Requester, key = 'film.bin', versionId?: string): Promise<unknown[]> {
  const object = { bucket: 'bkt', key, ...(versionId !== undefined && { versionId }) }
  const asks = [
    origin.head(object, requester, never),
    origin.read(object, requester, {}, never).then(({ body }) => { body.destroy() }),
    ...(key === 'film.bin' ? [origin.headBucket('bkt', requester, never)] : [])
  ]
  return Promise.all(asks.map((ask) => ask.then(() => undefined, (error: unknown) => error)))
}

t.test('what is said of the own key pair is no answer for who has none', async (t) => {
  store.put('bkt', 'film.bin', { size: 10 })
  for (const [status, code] of [
    [400, 'ExpiredToken'], [403, 'ExpiredToken'], [403, 'InvalidAccessKeyId'], [403, 'SignatureDoesNotMatch'],
    [403, 'RequestTimeTooSkewed'], [403, 'InvalidToken'], [400, 'InvalidToken'], [400, 'AuthorizationHeaderMalformed'],
    [400, 'TokenRefreshRequired'], [403, 'RequestExpired'], [400, 'InvalidArgument'], [400, 'InvalidRequest'],
    [400, 'SomethingNew']
  ] as const) {
    store.faults = { refusedPair: { accessKeyId: 'OWN', status, code } }
    const [ofHead, ofRead] = await thrown(own)
    for (const error of [ofHead, ofRead]) t.match(error, { constructor: OwnKeyPairRefused, code }, code)
    t.equal(state.refused, code)
    for (const error of (await thrown(signed)).slice(0, 2)) {
      t.ok(
        error instanceof OriginRefusal || (error instanceof OriginRedirect && code === 'AuthorizationHeaderMalformed'),
        `${code}: who signs is told, but of a region`
      )
    }
    store.faults = {}
    t.strictSame(await thrown(own), [undefined, undefined, undefined])
    t.equal(state.refused, undefined)
  }
  store.faults = { redirectTo: { status: 301, location: 'http://127.0.0.1:9/' } }
  for (const error of await thrown(own)) t.ok(error instanceof OwnKeyPairRefused, 'a redirect')
  store.faults = {}
  const errors = lines.filter(({ level }) => level === 'error')
  t.strictSame(
    errors.filter(({ code }) => code !== 'status 400').map(({ code }) => code), ['ExpiredToken'], 'one line a minute'
  )
  t.ok(errors.length <= 2, 'and one before it where HEAD of a bucket had no word for it')
  t.match(errors.at(-1)?.message, /AWS_SESSION_TOKEN/)
})

t.test('the log has the code of the store, and what to do about it', (t) => {
  for (const [code, advice] of [
    ['ExpiredToken', /AWS_SESSION_TOKEN/],
    ['InvalidAccessKeyId', /was the pair rotated\?$/],
    ['RequestTimeTooSkewed', /set the clock of this machine$/],
    ['SomethingNew', /check --region, --origin, --origin-addressing and the key pair$/]
  ] as const) {
    const said: unknown[] = []
    const own = new OwnKeyPairState(() => ({
      error: (facts, message) => { said.push(facts, message) }, info: () => {}
    }))
    own.refuse(new OwnKeyPairRefused(code, undefined))
    own.refuse(new OwnKeyPairRefused(code, undefined))
    t.match(said, [{ code }, advice])
    t.equal(said.length, 2, 'once')
  }
  t.end()
})

t.test('what is said of the object is', async (t) => {
  await thrown(own)
  store.put('bkt', 'denied', { size: 10, readers: ['BOB'] })
  store.put('bkt', 'sse-c', { size: 10, sseC: { code: 'InvalidArgument', message: 'encrypted with a customer key' } })
  for (const [name, code] of [
    ['odd', 'XMinioInvalidObjectName'], ['uri', 'InvalidURI'], ['long', 'KeyTooLongError'],
    ['bucket', 'InvalidBucketName']
  ] as const) {
    store.put('bkt', name, {
      size: 10, faults: { errorBody: { status: 400, body: `<Error><Code>${code}</Code><Message>no</Message></Error>` } }
    })
  }
  for (const [key, code] of [
    ['denied', 'AccessDenied'], ['none', 'NoSuchKey'], ['sse-c', 'EncryptedWithCustomerKey'], ['odd', 'NoSuchKey'],
    ['uri', 'NoSuchKey'], ['long', 'KeyTooLongError'], ['bucket', 'InvalidBucketName']
  ] as const) {
    for (const error of await thrown(own, key)) {
      t.match(error, { constructor: OriginRefusal, code }, key)
      t.ok(isVerdict(error))
    }
  }
  t.equal(state.refused, undefined)
})

t.test('what somebody without a key chose does not make the pair look refused', async (t) => {
  store.put('bkt', 'odd', {
    size: 10,
    versionId: 'v1',
    faults: { errorBody: { status: 400, body: '<Error><Code>InvalidArgument</Code><Message>no</Message></Error>' } }
  })
  for (const error of [
    ...await thrown({ ...own, expectedBucketOwner: 'nobody' }, 'odd'), ...await thrown(own, 'odd', 'v1')
  ]) {
    t.match(error, { constructor: OriginRefusal, code: 'InvalidArgument' })
  }
  for (const error of await thrown({ keyPair: undefined, requestPayer: false, own: true }, 'odd')) {
    t.ok(error instanceof OriginRefusal, 'nor what is not signed')
  }
  t.equal(state.refused, undefined)
})
