import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import type { RequestToSign } from '../support/botocore.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import type { SeenRequest } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import type { HttpResponse } from '../support/http-get.js'
import { credentialsText } from '../support/key-pair.js'
import type { KeyPair } from '../support/key-pair.js'
import { parsed } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'

const ALICE: KeyPair = { accessKeyId: 'AKIAALICE', secretAccessKey: 'alice-secret-alice-secret' }
const BOB: KeyPair = { accessKeyId: 'AKIABOB', secretAccessKey: 'bob-secret-bob-secret' }
const OWN: KeyPair = { accessKeyId: 'AKIASERVER', secretAccessKey: 'server-secret-server-secret' }
const OWN_ENV = { AWS_ACCESS_KEY_ID: OWN.accessKeyId, AWS_SECRET_ACCESS_KEY: OWN.secretAccessKey }
const OWNER = '111122223333'
const OTHER = '444455556666'
const EVERYBODY = credentialsText({ alice: ALICE, bob: BOB })
const PRIVATE = { body: Buffer.from('private'), readers: [ALICE.accessKeyId, OWN.accessKeyId] }

const dir = t.testdir({
  credentials: EVERYBODY, buckets: { bkt: { key: 'in a directory', open: { key: 'published' } } }
})
const credentials = join(dir, 'credentials')
const buckets = join(dir, 'buckets')

const origin = await startFaultyOrigin(t)
origin.put('bkt', 'private', PRIVATE)
origin.put('bkt', 'public', { body: Buffer.from('public'), public: true })
for (const name of ['pub', 'pub2']) {
  origin.put(name, 'open/key', PRIVATE)
  origin.put(name, 'opened', PRIVATE)
  origin.put(name, 'everybody', { body: Buffer.from('public'), public: true })
}
origin.put('whole', 'key', PRIVATE)
origin.put('whole2', 'key', PRIVATE)

const [plain, denying, directory, denyingDirectory] = await Promise.all([
  startServer(t, {
    args: ['--origin', origin.endpoint, '--credentials-file', credentials, '--bucket-owner', `owned=${OWNER}`],
    env: OWN_ENV
  }),
  startServer(t, {
    args: [
      '--origin', origin.endpoint, '--credentials-file', credentials, '--anonymous', 'deny', '--public', 'pub/open/',
      '--public', 'whole'
    ],
    env: OWN_ENV
  }),
  startServer(t, { args: ['--origin', buckets, '--credentials-file', credentials, '--bucket-owner', `bkt=${OWNER}`] }),
  startServer(t, {
    args: ['--origin', buckets, '--credentials-file', credentials, '--anonymous', 'deny', '--public', 'bkt/open/']
  })
])

type Ask = Omit<RequestToSign, keyof KeyPair | 'scheme' | 'url'> & {
  by?: KeyPair
  scheme?: RequestToSign['scheme']
  on?: Server
  path: string
}

type Request = () => Promise<HttpResponse>

// Signed in one go, and sent when each is called: the answers may depend on what the test does between.
function asking<const T extends readonly Ask[]> (asks: T): { [I in keyof T]: Request } {
  const signed = signWithBotocore(asks.filter(({ by }) => by !== undefined).map(({
    by = OWN, scheme = 'v4', on = plain, path, ...rest
  }) =>
    ({ scheme, url: on.url + path, ...by, ...rest })))
  return asks.map(({ by, on = plain, path, headers, method }) => {
    const request = by === undefined ? { url: on.url + path, headers } : signed.shift()
    return () => httpGet(request?.url ?? '', { method, headers: request?.headers ?? {} })
  }) as { [I in keyof T]: Request }
}

const codeOf = ({ body }: HttpResponse): string =>
  /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<Error><Code>(\w+)<\/Code><Message>[^<]+<\/Message>.*<RequestId>[^<]+<\/RequestId>.*<\/Error>$/s.exec(
    body.toString()
  )?.[1] ?? `no error document: ${body.toString()}`

const outcome = (response: HttpResponse): string => response.status < 300
  ? String(response.status)
  : `${response.status} ${codeOf(response)}`

async function refused (t: Test, request: Request, answer: string, message: string): Promise<HttpResponse> {
  const response = await request()
  t.equal(outcome(response), answer, message)
  return response
}

async function granted (t: Test, request: Request, message: string): Promise<HttpResponse> {
  const response = await request()
  t.equal(outcome(response), '200', message)
  return response
}

/** What the origin was asked while `during` ran. */
async function asked (during: () => Promise<unknown>): Promise<SeenRequest[]> {
  const before = origin.requests.length
  await during()
  return origin.requests.slice(before)
}

const unsigned = (path: string, { on = plain, headers = {}, method = 'GET' } = {}): Promise<HttpResponse> => httpGet(
  on.url + path, { headers, method }
)

const expecting = (owner: string): Record<string, string> => ({ 'x-amz-expected-bucket-owner': owner })

t.test('S40: no credentials: a private object is refused, a public one is not', async (t) => {
  for (const query of ['', '?torrent']) {
    t.equal(outcome(await unsigned(`/bkt/private${query}`)), '403 AccessDenied', `private${query}`)
    t.equal((await unsigned(`/bkt/private${query}`, { method: 'HEAD' })).status, 403, `HEAD private${query}`)
    t.equal(outcome(await unsigned(`/bkt/public${query}`)), '200', `public${query}`)
    t.equal((await unsigned(`/bkt/public${query}`, { method: 'HEAD' })).status, 200, `HEAD public${query}`)
  }
  t.equal((await unsigned('/bkt/public')).body.toString(), 'public')
  t.equal((await parsed((await unsigned('/bkt/public?torrent')).body)).length, 6)
  t.equal(outcome(await unsigned('/bkt/key', { on: directory })), '200', 'who may reach a directory may read it')
})

t.test('S40: with credentials the private one is read, and its torrent names no web seed', async (t) => {
  if (!need(t, 'python-boto3')) return
  const [object, torrent] = asking([{ by: ALICE, path: '/bkt/private' }, { by: ALICE, path: '/bkt/private?torrent' }])
  t.equal((await granted(t, object, 'object')).body.toString(), 'private')
  const { body } = await granted(t, torrent, 'torrent')
  t.equal((await parsed(body)).length, 7)
  t.notMatch(body.toString('latin1'), /url-list/)
  t.match((await unsigned('/bkt/public?torrent')).body.toString('latin1'), /url-list/)
})

t.test('S41: bad credentials on a public object are not taken for none', async (t) => {
  if (!need(t, 'python-boto3')) return
  const wrong = { ...ALICE, secretAccessKey: 'another' }
  const nobody = { ...ALICE, accessKeyId: 'AKIANOBODY' }
  const targets = [
    [plain, '/bkt/public'], [plain, '/bkt/public?torrent'], [directory, '/bkt/key'], [directory, '/bkt/key?torrent']
  ] as const
  const cases = targets.flatMap(
    ([on, path]) => (['v4', 'v4-presign', 'v2', 'v2-presign'] as const).map((scheme) => ({ on, path, scheme }))
  )
  const requests = asking(
    cases.flatMap((ask) => [{ ...ask, by: wrong }, { ...ask, by: nobody }, { ...ask, by: ALICE }])
  )
  for (const [i, { scheme, path }] of cases.entries()) {
    const [bad, unknown, good] = requests.slice(3 * i) as [Request, Request, Request]
    const seen = await asked(async () => {
      await refused(t, bad, '403 SignatureDoesNotMatch', `${scheme} ${path}: wrong secret`)
      await refused(t, unknown, '403 InvalidAccessKeyId', `${scheme} ${path}: unknown access key id`)
    })
    t.equal(seen.length, 0, 'the origin is not asked')
    await granted(t, good, `${scheme} ${path}: right secret`)
  }
  for (const [on, path] of targets) t.equal(outcome(await unsigned(path, { on })), '200', 'and no credentials at all')
})

t.test('S42: without the right to list, a missing key and a forbidden one look alike', async (t) => {
  if (!need(t, 'python-boto3')) return
  const shape = ({ body }: HttpResponse): string => body.toString().replace(
    /<(Resource|RequestId|HostId|Key)>[^<]*<\/\1>/g, '<$1/>'
  )
  for (const query of ['', '?torrent']) {
    origin.bucket('bkt', { public: false, listers: [ALICE.accessKeyId] })
    const [there, missing, missingForLister] = asking([
      { by: BOB, path: `/bkt/private${query}` }, { by: BOB, path: `/bkt/missing${query}` }, {
        by: ALICE, path: `/bkt/missing${query}`
      }
    ])
    const [forbidden, absent] = [
      await refused(t, there, '403 AccessDenied', 'there'), await refused(t, missing, '403 AccessDenied', 'missing')
    ]
    t.equal(shape(forbidden), shape(absent), 'the same answer')
    t.equal(
      shape(await unsigned(`/bkt/private${query}`)),
      shape(await unsigned(`/bkt/missing${query}`)),
      'to the unsigned too'
    )
    t.equal(outcome(await unsigned(`/bkt/missing${query}`)), '403 AccessDenied')
    t.match(
      (await refused(t, missingForLister, '404 NoSuchKey', 'who may list is told')).body.toString(),
      '<Key>missing</Key>'
    )
    origin.bucket('bkt', { public: true })
    t.equal(outcome(await unsigned(`/bkt/missing${query}`)), '404 NoSuchKey', 'everybody is, where everybody may list')
    t.equal(outcome(await unsigned(`/bkt/private${query}`)), '403 AccessDenied')
    origin.bucket('bkt', { public: false, listers: undefined })
  }
  t.equal(
    outcome(await unsigned('/bkt/missing', { on: denyingDirectory })),
    '403 AccessDenied',
    '--anonymous deny says nothing of a directory'
  )
  t.equal(outcome(await unsigned('/bkt/key', { on: denyingDirectory })), '403 AccessDenied')
  t.equal(outcome(await unsigned('/bkt/missing', { on: directory })), '404 NoSuchKey')
})

t.test('S43: a part of the credentials is not none', async (t) => {
  const PARTS: Array<[query: string, answer: string]> = [
    ['X-Amz-Algorithm=AWS4-HMAC-SHA256', '400 AuthorizationQueryParametersError'],
    ['X-Amz-Credential=AKIAALICE%2F20261122%2Fus-east-1%2Fs3%2Faws4_request', '400 AuthorizationQueryParametersError'],
    ['X-Amz-Date=20261122T000000Z', '400 AuthorizationQueryParametersError'],
    ['X-Amz-Expires=60', '400 AuthorizationQueryParametersError'],
    ['X-Amz-SignedHeaders=host', '400 AuthorizationQueryParametersError'],
    ['X-Amz-Signature=00', '400 AuthorizationQueryParametersError'],
    ['x-amz-signature=00', '400 AuthorizationQueryParametersError'],
    ['X-Amz-Credential', '400 AuthorizationQueryParametersError'],
    // As AWS answers it.
    ['AWSAccessKeyId=AKIAALICE', '403 AccessDenied'],
    ['Signature=00', '403 AccessDenied'],
    ['Expires=1', '403 AccessDenied'],
    ['AWSAccessKeyId=AKIAALICE&Expires=99999999999', '403 AccessDenied'],
    ['X-Amz-Security-Token=00', '403 InvalidToken']
  ]
  for (const [on, path] of [[plain, '/bkt/public'], [directory, '/bkt/key']] as const) {
    const seen = await asked(async () => {
      for (const [query, answer] of PARTS) {
        t.equal(outcome(await unsigned(`${path}?${query}`, { on })), answer, query)
        t.equal(outcome(await unsigned(`${path}?torrent&${query}`, { on })), answer, `torrent&${query}`)
      }
      for (const authorization of ['', 'AWS4-HMAC-SHA256', 'AWS', 'Basic YTpi', 'Bearer x']) {
        const { status } = await unsigned(path, { on, headers: { authorization } })
        t.equal(status, 400, `Authorization: ${authorization}`)
      }
      t.equal(outcome(await unsigned(path, { on, headers: { 'x-amz-security-token': 'x' } })), '403 InvalidToken')
    })
    t.equal(seen.length, 0, 'the origin is not asked')
    t.equal(outcome(await unsigned(`${path}?Unknown=1`, { on })), '200', 'what is no credential')
    t.equal(outcome(await unsigned(`${path}?torrent&X-Amz-Unknown=1`, { on })), '200')
  }
})

t.test('S44: a torrent that one may have is asked for anew for every other', async (t) => {
  if (!need(t, 'python-boto3')) return
  const [alice, bob] = asking([{ by: ALICE, path: '/bkt/private?torrent' }, { by: BOB, path: '/bkt/private?torrent' }])
  const first = await granted(t, alice, 'alice')
  const etag = String(first.headers.etag)
  const [conditional, head] = asking([
    { by: BOB, path: '/bkt/private?torrent', headers: { 'if-none-match': etag } },
    { by: BOB, path: '/bkt/private?torrent', method: 'HEAD' }
  ])
  const bobs = await asked(async () => {
    await refused(t, bob, '403 AccessDenied', 'bob')
    await refused(t, conditional, '403 AccessDenied', 'bob who knows the ETag')
    t.equal((await head()).status, 403, 'bob by HEAD')
  })
  t.ok(bobs.length >= 3)
  t.ok(
    bobs.every(({ signer, status }) => signer === BOB.accessKeyId && status === 403),
    'as himself, and nothing but refused'
  )
  const anonymous = await asked(async () => {
    t.equal(outcome(await unsigned('/bkt/private?torrent')), '403 AccessDenied', 'unsigned')
    t.equal(
      outcome(await unsigned('/bkt/private?torrent', { headers: { 'if-none-match': etag } })),
      '403 AccessDenied',
      'unsigned who knows the ETag'
    )
  })
  t.ok(anonymous.length >= 2)
  t.ok(anonymous.every(({ signer, status }) => signer === undefined && status === 403))
  const again = await asked(async () => { t.same((await granted(t, alice, 'alice again')).body, first.body) })
  t.ok(
    again.some(({ method, signer, status }) => method === 'HEAD' && signer === ALICE.accessKeyId && status === 200),
    'asked as alice'
  )
})

t.test('S44: READ is asked for at every request', async (t) => {
  if (!need(t, 'python-boto3')) return
  const asks = ['', '?torrent'].flatMap(
    (query) => ['GET', 'HEAD'].map((method) => ({ by: ALICE, path: `/bkt/private${query}`, method }))
  )
  for (const request of asking(asks)) {
    for (const time of [1, 2, 3]) {
      const seen = await asked(async () => { t.equal((await request()).status, 200) })
      t.equal(
        seen.filter(({ method, signer }) => method === 'HEAD' && signer === ALICE.accessKeyId).length, 1, `time ${time}`
      )
    }
  }
})

t.test('S45: a profile that is removed from the credentials file is refused at the next request', async (t) => {
  if (!need(t, 'python-boto3')) return
  t.teardown(() => { writeFileSync(credentials, EVERYBODY) })
  origin.put('bkt', 'signed', { body: Buffer.from('for whoever signs') })
  for (const [on, key] of [[plain, 'signed'], [directory, 'key']] as const) {
    const renewed = { ...BOB, secretAccessKey: 'renewed-secret' }
    const path = `/bkt/${key}?torrent`
    const [alice, bob, bobRenewed] = asking([{ by: ALICE, on, path }, { by: BOB, on, path }, { by: renewed, on, path }])
    await granted(t, bob, 'bob while he is there')
    writeFileSync(credentials, credentialsText({ alice: ALICE }))
    const seen = await asked(async () => { await refused(t, bob, '403 InvalidAccessKeyId', 'bob once he is removed') })
    t.equal(seen.length, 0, 'the origin is not asked')
    await granted(t, alice, 'alice, who is still there')
    writeFileSync(credentials, credentialsText({ alice: ALICE, bob: renewed }))
    await refused(t, bob, '403 SignatureDoesNotMatch', 'bob with his old secret')
    await granted(t, bobRenewed, 'bob with his new one')
    rmSync(credentials)
    await refused(t, alice, '500 InternalError', 'nobody when the file is gone')
    writeFileSync(credentials, EVERYBODY)
    await granted(t, bob, 'bob once he is back')
    await granted(t, alice, 'alice too')
  }
  const [own] = asking([{ by: OWN, path: '/bkt/private' }])
  await granted(t, own, "the server's own pair is in no file")
})

t.test('S45: an origin that starts to refuse is obeyed at the next request', async (t) => {
  if (!need(t, 'python-boto3')) return
  const object = origin.put('bkt', 'revoked', { body: Buffer.from('now and then'), public: true })
  const [alice] = asking([{ by: ALICE, path: '/bkt/revoked?torrent' }])
  const everybody: Request = () => unsigned('/bkt/revoked?torrent')
  const { body: torrent } = await granted(t, everybody, 'public')
  const [seed = ''] = (await parsed(torrent)).urlList ?? []
  const read: Request = () => httpGet(seed)
  t.equal((await granted(t, read, 'its web seed')).body.toString(), 'now and then')

  object.options.public = false
  await refused(t, everybody, '403 AccessDenied', 'not public anymore')
  await refused(t, read, '404 NoSuchKey', 'nor is its web seed')
  await granted(t, alice, 'alice may still')
  object.options.readers = []
  await refused(t, alice, '403 AccessDenied', 'nobody may')
  object.options.public = true
  t.same((await granted(t, everybody, 'public again')).body, torrent)
  t.equal((await granted(t, read, 'its web seed too')).body.toString(), 'now and then')
})

t.test('--anonymous deny: the unsigned are refused whatever the origin thinks', async (t) => {
  if (!need(t, 'python-boto3')) return
  const seen = await asked(async () => {
    for (const path of [
      '/pub/everybody', '/pub/everybody?torrent', '/pub/opened', '/bkt/public', '/pub2/open/key', '/whole2/key',
      '/bkt?location'
    ]) {
      t.equal(outcome(await unsigned(path, { on: denying })), '403 AccessDenied', path)
      t.equal((await unsigned(path, { on: denying, method: 'HEAD' })).status, 403, `HEAD ${path}`)
    }
  })
  t.equal(seen.length, 0, 'the origin is not asked')
  for (const path of ['/bkt/key', '/bkt/key?torrent', '/bkt/missing']) {
    t.equal(outcome(await unsigned(path, { on: denyingDirectory })), '403 AccessDenied', `directory ${path}`)
  }
  for (const request of asking([
    { by: ALICE, on: denying, path: '/bkt/private' }, { by: ALICE, on: denying, path: '/bkt/public?torrent' },
    { by: ALICE, on: denyingDirectory, path: '/bkt/key' }, { by: ALICE, on: denyingDirectory, path: '/bkt/key?torrent' }
  ])) await granted(t, request, 'signed')
})

t.test("--public: its keys, and nothing beside them, are read with the server's own key pair", async (t) => {
  if (!need(t, 'python-boto3')) return
  for (const path of ['/pub/open/key', '/whole/key']) {
    const seen = await asked(async () => {
      t.equal((await granted(t, () => unsigned(path, { on: denying }), path)).body.toString(), 'private')
      const { urlList = [] } = await parsed(
        (await granted(t, () => unsigned(`${path}?torrent`, { on: denying }), `${path}?torrent`)).body
      )
      t.equal(urlList.length, 1)
      t.equal((await granted(t, () => httpGet(urlList[0] ?? ''), 'its web seed')).body.toString(), 'private')
    })
    t.ok(seen.length >= 4)
    t.ok(seen.every(({ signer }) => signer === OWN.accessKeyId))
  }
  const [seed = ''] = (await parsed((await unsigned('/whole/key?torrent', { on: denying })).body)).urlList ?? []
  for (const other of ['/pub/opened', '/pub2/open/key', '/whole2/key', '/bkt/public']) {
    t.equal(
      outcome(await unsigned(new URL(seed.replace('/whole/key', other)).pathname, { on: denying })),
      '404 NoSuchKey',
      `no web seed of ${other}`
    )
  }
  const bob = asking(
    [{ by: BOB, on: denying, path: '/pub/open/key' }, { by: BOB, on: denying, path: '/pub/open/key?torrent' }]
  )
  for (const request of bob) await refused(t, request, '403 AccessDenied', 'a signature counts as itself')
  t.equal((await unsigned('/bkt/open/key', { on: denyingDirectory })).body.toString(), 'published', 'in a directory')
  t.equal(outcome(await unsigned('/bkt/open/key?torrent', { on: denyingDirectory })), '200')
})

t.test('x-amz-expected-bucket-owner, where the origin honours it', async (t) => {
  if (!need(t, 'python-boto3')) return
  origin.put('honoured', 'key', { body: Buffer.from('owned'), public: true, faults: { honourOwner: OWNER } })
  for (const query of ['', '?torrent']) {
    const path = `/honoured/key${query}`
    const [right, wrong] = asking(
      [{ by: ALICE, path, headers: expecting(OWNER) }, { by: ALICE, path, headers: expecting(OTHER) }]
    )
    const seen = await asked(() => granted(t, right, `signed, right${query}`))
    t.ok(seen.some(
      ({ method, headers, status }) =>
        method === 'GET' && headers['x-amz-expected-bucket-owner'] === OWNER && status === 206
    ), 'it is asked for at the reading too')
    await refused(t, wrong, '403 AccessDenied', `signed, wrong${query}`)
    t.equal(outcome(await unsigned(path, { headers: expecting(OWNER) })), '200', 'unsigned, right')
    t.equal(outcome(await unsigned(path, { headers: expecting(OTHER) })), '403 AccessDenied', 'unsigned, wrong')
  }
})

t.test('x-amz-expected-bucket-owner, where the origin ignores it: the ACL says', async (t) => {
  if (!need(t, 'python-boto3')) return
  const canonical = 'b'.repeat(64)
  origin.put('ignoring', 'key', { body: Buffer.from('owned'), public: true })
  for (const query of ['', '?torrent']) {
    const path = `/ignoring/key${query}`
    const [right, wrong, made] = asking([
      { by: ALICE, path, headers: expecting(canonical) }, { by: ALICE, path, headers: expecting(OTHER) }, {
        by: ALICE, path, headers: expecting('000000000000')
      }
    ])
    origin.bucket('ignoring', { owner: canonical, aclForbidden: false })
    await granted(t, right, `right${query}`)
    await refused(t, wrong, '403 AccessDenied', `wrong${query}`)
    await refused(t, made, '403 AccessDenied', `the made-up owner${query}`)
    const seen = await asked(async () => {
      t.equal(outcome(await unsigned(path, { headers: expecting(canonical) })), '200', 'unsigned, right')
    })
    t.ok(
      seen.some(({ url, signer }) => url.includes('acl') && signer === OWN.accessKeyId),
      'the server asks for who may not'
    )
    t.equal(outcome(await unsigned(path, { headers: expecting(OTHER) })), '403 AccessDenied', 'unsigned, wrong')
    origin.bucket('ignoring', { aclForbidden: true })
    await refused(t, right, '403 AccessDenied', `what cannot be known is refused${query}`)
    t.equal(outcome(await unsigned(path)), '200', 'and not asked is not refused')
  }
})

t.test('--bucket-owner answers for the origin', async (t) => {
  if (!need(t, 'python-boto3')) return
  origin.put('owned', 'key', { body: Buffer.from('owned'), public: true })
  for (const [on, bucket] of [[plain, 'owned'], [directory, 'bkt']] as const) {
    for (const path of [`/${bucket}/key`, `/${bucket}/key?torrent`]) {
      const [right, wrong] = asking(
        [{ by: ALICE, on, path, headers: expecting(OWNER) }, { by: ALICE, on, path, headers: expecting(OTHER) }]
      )
      await granted(t, right, `${path}, right`)
      await refused(t, wrong, '403 AccessDenied', `${path}, wrong`)
      t.equal(outcome(await unsigned(path, { on, headers: expecting(OWNER) })), '200')
      t.equal(outcome(await unsigned(path, { on, headers: expecting(OTHER) })), '403 AccessDenied')
    }
  }
  mkdirSync(join(buckets, 'unowned'), { recursive: true })
  writeFileSync(join(buckets, 'unowned', 'key'), 'x')
  t.equal(
    outcome(await unsigned('/unowned/key', { on: directory, headers: expecting(OWNER) })),
    '403 AccessDenied',
    'a directory has no owner'
  )
  t.equal(outcome(await unsigned('/unowned/key', { on: directory })), '200')
})

t.test('x-amz-expected-bucket-owner holds for GetBucketLocation too', async (t) => {
  origin.bucket('owned', { public: true })
  for (const [on, bucket] of [[plain, 'owned'], [directory, 'bkt']] as const) {
    const location = (owner: string): Promise<HttpResponse> => unsigned(`/${bucket}?location`, {
      on, headers: expecting(owner)
    })
    t.equal(outcome(await location(OWNER)), '200', `${bucket}, right`)
    t.equal(outcome(await location(OTHER)), '403 AccessDenied', `${bucket}, wrong`)
  }
})

t.test('Requester Pays', async (t) => {
  if (!need(t, 'python-boto3')) return
  const payer = { 'x-amz-request-payer': 'requester' }
  origin.put('bkt', 'charged', { body: Buffer.from('charged'), faults: { requesterPays: true } })
  origin.put('pub', 'open/charged', { body: Buffer.from('charged'), faults: { requesterPays: true } })
  for (const query of ['', '?torrent']) {
    const path = `/bkt/charged${query}`
    const [paying, presigned, free, otherwise] = asking([
      { by: ALICE, path, headers: payer },
      { by: ALICE, path: `${path}${query === '' ? '?' : '&'}x-amz-request-payer=requester`, scheme: 'v4-presign' },
      { by: ALICE, path },
      { by: ALICE, path, headers: { 'x-amz-request-payer': 'owner' } }
    ])
    t.equal((await granted(t, paying, `paying${query}`)).headers['x-amz-request-charged'], 'requester')
    t.equal(
      (await granted(t, presigned, `paying by a presigned URL${query}`)).headers['x-amz-request-charged'], 'requester'
    )
    await refused(t, free, '403 AccessDenied', `not paying${query}`)
    await refused(t, otherwise, '403 AccessDenied', `not the requester${query}`)
    t.equal(outcome(await unsigned(path, { headers: payer })), '403 AccessDenied', 'the unsigned cannot pay')
    const seen = await asked(async () => {
      t.equal(
        outcome(await unsigned(`/pub/open/charged${query}`, { on: denying, headers: payer })),
        '403 AccessDenied',
        "nor make the server's own account pay"
      )
    })
    t.ok(seen.length > 0)
    t.ok(seen.every(({ headers }) => headers['x-amz-request-payer'] === undefined))
  }
  t.equal(
    (await unsigned('/bkt/public', { headers: payer })).headers['x-amz-request-charged'],
    undefined,
    'nobody is charged where it is free'
  )
})

t.test('SSE-C: neither its objects nor its headers are answered', async (t) => {
  const SENTENCE =
    'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to ' +
    'retrieve the object.'
  origin.put('bkt', 'sse-c-aws', {
    body: Buffer.from('x'), public: true, sseC: { code: 'InvalidRequest', message: SENTENCE }
  })
  origin.put('bkt', 'sse-c-ceph', {
    body: Buffer.from('x'),
    public: true,
    sseC: {
      code: 'InvalidArgument',
      message: 'Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate ' +
      'secret key.'
    }
  })
  origin.put('bkt', 'sse-c-head', {
    body: Buffer.from('x'), public: true, headers: { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' }
  })
  origin.put('bkt', 'sse-s3', {
    body: Buffer.from('x'), public: true, headers: { 'x-amz-server-side-encryption': 'AES256' }
  })
  for (const query of ['', '?torrent']) {
    for (const key of ['sse-c-aws', 'sse-c-ceph', 'sse-c-head']) {
      const response = await unsigned(`/bkt/${key}${query}`)
      t.equal(outcome(response), '400 InvalidRequest', key + query)
      t.match(response.body.toString(), SENTENCE)
      t.equal((await unsigned(`/bkt/${key}${query}`, { method: 'HEAD' })).status, 400, `HEAD ${key}${query}`)
    }
    t.equal(outcome(await unsigned(`/bkt/sse-s3${query}`)), '200', `sse-s3${query}`)
    for (const header of [
      'x-amz-server-side-encryption-customer-algorithm',
      'x-amz-server-side-encryption-customer-key',
      'X-Amz-Server-Side-Encryption-Customer-Key-MD5'
    ]) {
      const seen = await asked(async () => {
        t.equal(
          outcome(await unsigned(`/bkt/public${query}`, { headers: { [header]: 'AES256' } })),
          '400 InvalidRequest',
          header
        )
        t.equal(
          outcome(await unsigned(`/bkt/public${query === '' ? '?' : '?torrent&'}${header}=AES256`)),
          '400 InvalidRequest',
          `?${header}`
        )
        t.equal(
          outcome(await unsigned(`/bkt/key${query}`, { on: directory, headers: { [header]: 'AES256' } })),
          '400 InvalidRequest',
          `directory ${header}`
        )
      })
      t.equal(seen.length, 0, 'no key of a customer goes on')
    }
  }
})

t.test('archived objects, until they are restored', async (t) => {
  const FORBIDDEN: Array<Record<string, string>> = [
    { 'x-amz-storage-class': 'GLACIER' },
    { 'x-amz-storage-class': 'DEEP_ARCHIVE' },
    { 'x-amz-storage-class': 'GLACIER', 'x-amz-restore': 'ongoing-request="true"' },
    { 'x-amz-storage-class': 'INTELLIGENT_TIERING', 'x-amz-archive-status': 'ARCHIVE_ACCESS' }
  ]
  const ALLOWED: Array<Record<string, string>> = [
    {
      'x-amz-storage-class': 'GLACIER',
      'x-amz-restore': 'ongoing-request="false", expiry-date="Fri, 21 Dec 2035 00:00:00 GMT"'
    },
    { 'x-amz-storage-class': 'GLACIER_IR' },
    { 'x-amz-storage-class': 'STANDARD_IA' },
    { 'x-amz-storage-class': 'INTELLIGENT_TIERING' }
  ]
  for (const query of ['', '?torrent']) {
    for (const headers of FORBIDDEN) {
      origin.put('bkt', 'archived', { body: Buffer.from('x'), public: true, headers })
      const seen = await asked(async () => {
        t.equal(outcome(await unsigned(`/bkt/archived${query}`)), '403 InvalidObjectState', JSON.stringify(headers))
      })
      t.ok(seen.every(({ method }) => method === 'HEAD'), 'nothing is read')
    }
    for (const headers of ALLOWED) {
      origin.put('bkt', 'archived', { body: Buffer.from('x'), public: true, headers })
      t.equal(outcome(await unsigned(`/bkt/archived${query}`)), '200', JSON.stringify(headers))
    }
    origin.put('bkt', 'archived', { body: Buffer.from('x'), public: true, storageClass: 'DEEP_ARCHIVE' })
    t.equal(outcome(await unsigned(`/bkt/archived${query}`)), '403 InvalidObjectState', 'as the origin refuses it')
  }
})

t.test('a delete marker hides the versions under it, which are still there by their ids', async (t) => {
  origin.put('bkt', 'deleted', { body: Buffer.from('the first'), public: true, versionId: 'v1' })
  t.equal(outcome(await unsigned('/bkt/deleted')), '200', 'before')
  origin.put('bkt', 'deleted', { public: true, versionId: 'v2', deleteMarker: true })
  for (const query of ['', '?torrent']) {
    const joint = query === '' ? '?' : '&'
    for (const method of ['GET', 'HEAD']) {
      const marker = await unsigned(`/bkt/deleted${query}`, { method })
      t.equal(marker.status, 404, `${method} ${query}`)
      t.equal(marker.headers['x-amz-delete-marker'], 'true')
      const itself = await unsigned(`/bkt/deleted${query}${joint}versionId=v2`, { method })
      t.equal(itself.status, 405, `${method} ${query} of the marker itself`)
      t.equal(itself.headers['x-amz-delete-marker'], 'true')
      t.ok(itself.headers.allow, 'RFC 9110 §15.5.6: a 405 says what is allowed')
    }
    t.equal(codeOf(await unsigned(`/bkt/deleted${query}`)), 'NoSuchKey')
    t.equal(codeOf(await unsigned(`/bkt/deleted${query}${joint}versionId=v2`)), 'MethodNotAllowed')
    t.equal(outcome(await unsigned(`/bkt/deleted${query}${joint}versionId=v1`)), '200', 'the version under it')
    t.equal(
      outcome(await unsigned(`/bkt/deleted${query}${joint}versionId=v3`)),
      '403 AccessDenied',
      'no such version, to who may not list'
    )
    origin.bucket('bkt', { public: true })
    const none = await unsigned(`/bkt/deleted${query}${joint}versionId=v3`)
    t.equal(outcome(none), '404 NoSuchVersion', 'and to who may')
    t.equal(none.headers['x-amz-delete-marker'], undefined)
    origin.bucket('bkt', { public: false })
    for (const bad of ['versionId=', 'versionId', 'versionId=v1&versionId=v2']) {
      t.equal(outcome(await unsigned(`/bkt/deleted${query}${joint}${bad}`)), '400 InvalidArgument', bad)
    }
  }
  t.equal((await unsigned('/bkt/deleted?versionId=v1')).body.toString(), 'the first')
})
