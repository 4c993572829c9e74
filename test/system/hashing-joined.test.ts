import { join } from 'node:path'
import t from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { hashing, outcomeOf } from '../support/hashing.js'
import { httpGet } from '../support/http-get.js'
import type { HttpResponse } from '../support/http-get.js'
import { credentialsText } from '../support/key-pair.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'

const MIB = 1024 * 1024
const ALICE = { accessKeyId: 'AKIAALICE', secretAccessKey: 'alice-secret-alice-secret' }
const BOB = { accessKeyId: 'AKIABOB', secretAccessKey: 'bob-secret-bob-secret' }

const origin = await startFaultyOrigin(t)
const credentials = join(t.testdir({ credentials: credentialsText({ alice: ALICE, bob: BOB }) }), 'credentials')
const server = await startServer(t, {
  args: [
    '--origin', origin.endpoint, '--credentials-file', credentials, '--max-connections-per-address', '0',
    '--max-requests-per-address', '0'
  ]
})
const { put } = hashing(origin, server)

t.test('F13: a thousand ask for one cold object at once: it is read once, and each is asked whether it may',
  async (t) => {
    if (!need(t, 'python-boto3')) return
    const SIZE = 64 * MIB
    const options = {
      size: SIZE, seed: 21, public: false, readers: [ALICE.accessKeyId], faults: { bytesPerSecond: 4 * MIB }
    }
    const { key, object } = put(options)
    const url = `${server.url}/bkt/${key}?torrent`
    const [alice, bob] = signWithBotocore([ALICE, BOB].map((pair) => ({ scheme: 'v4', url, ...pair })))
    const asked = (headers: Record<string, string>, count: number): Promise<HttpResponse[]> =>
      Promise.all(Array.from({ length: count }, () => httpGet(url, { headers, timeoutMs: 110_000 })))
    const [granted, refused, anonymous] = await Promise.all(
      [asked(alice?.headers ?? {}, 980), asked(bob?.headers ?? {}, 10), asked({}, 10)]
    )
    t.same(
      [...new Set([...refused, ...anonymous].map(({ status }) => status))],
      [403],
      'none of those who may not read it has it'
    )
    const [first] = granted
    t.equal(first && await outcomeOf(first, options), 'torrent of 0')
    t.equal(
      granted.filter(({ complete, body }) => complete && first !== undefined && body.equals(first.body)).length,
      980,
      'all answers are the same'
    )
    const ratio = object.bytesSent / SIZE
    t.comment(`F13: ${object.bytesSent} bytes read for ${SIZE}: ${ratio.toFixed(4)}`)
    t.ok(ratio <= 1.02, `${ratio.toFixed(4)} of its size was read`)
    const heads = origin.requests.filter(
      ({ method, url, signer, status }) => method === 'HEAD' && url.includes(key) && signer === ALICE.accessKeyId &&
      status === 200
    )
    t.ok(heads.length >= 980, `${heads.length} HEADs in alice's name`)
  })
