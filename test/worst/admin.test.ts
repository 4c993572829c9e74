import t from 'tap'
import { Registry } from 'prom-client'
import { AdminServer } from '../../src/admin/admin-server.js'
import type { AdminParts } from '../../src/admin/admin-server.js'
import { BucketEvents } from '../../src/warming/bucket-events.js'
import type { WarmParts } from '../../src/warming/warm-object.js'
import { freePort } from '../support/free-port.js'
import { fillings } from './fillings.js'
import { ProcessorTime } from './processor-time.js'
import { RawClient } from './raw-client.js'
import { bytesOf } from './raw-request.js'

const ROOM = 15_000
/**
 * Of a header on the wire, beside its name and value: a head of as many bytes as the plain one has fewer headers than
 * node would take.
 */
const LINE_BYTES = 3
const BODY_BYTES = 1024 * 1024
const TOKEN = 'a token of the operator'.replaceAll(' ', '-')
const log = { info: () => {}, warn: () => {}, error: (facts: object, what: string) => t.fail(what, facts) }

type Header = readonly [name: string, value: string]

/** An admin listener; of what it is told of, no object has a name that a bucket may have. */
async function administering (token: string | undefined): Promise<RawClient> {
  const events = new BucketEvents({
    warm: {} as WarmParts, requester: { keyPair: undefined, requestPayer: false }, log
  })
  const parts: Partial<AdminParts> = {
    token, events, log, metrics: new Registry(), connections: { perNetwork: 0, isProxy: () => false }
  }
  const server = new AdminServer(parts as AdminParts)
  const port = await freePort()
  await server.listen('127.0.0.1', port)
  const client = new RawClient(port)
  t.teardown(async () => {
    client.close()
    events.close()
    await server.close()
  })
  return client
}

for (const token of [undefined, TOKEN]) {
  t.test(`the admin listener ${token === undefined ? 'of this machine' : 'with a token'}`, async (t) => {
    const client = await administering(token)
    const sending = (path: string, ...headers: Header[]) => {
      const bytes = bytesOf({ path, headers })
      return () => client.send(bytes)
    }
    const HOST: Header = ['host', '127.0.0.1']
    const CLOSE: Header = ['connection', 'close']
    const AUTHORIZATION: Header = ['authorization', `Bearer ${TOKEN}`]
    const plain = sending('/metrics', HOST, AUTHORIZATION, ['x-padding', 'a'.repeat(ROOM)])
    t.equal(await plain(), 200)
    const time = await ProcessorTime.of(plain)
    for (const filling of [...fillings(), ...fillings('['), ...fillings('localhost:'), ...fillings('1:')]) {
      await time.measure(`host: ${filling.name}`, sending('/metrics', ['host', filling.of(ROOM)], CLOSE))
    }
    for (const filling of [...fillings(), ...fillings('Bearer ')]) {
      await time.measure(
        `authorization: ${filling.name}`, sending('/metrics', HOST, ['authorization', filling.of(ROOM)])
      )
    }
    for (const name of [
      'content-type', 'accept', 'connection', 'content-length', 'transfer-encoding', 'expect', 'x-forwarded-for', 'a'
    ]) {
      for (const filling of fillings()) {
        await time.measure(
          `${name}: ${filling.name}`, sending('/metrics', HOST, AUTHORIZATION, [name, filling.of(ROOM)], CLOSE)
        )
      }
      await time.measure(`${name}: again and again`, sending('/metrics', HOST, AUTHORIZATION, CLOSE, ...Array.from(
        { length: ROOM / (name.length + LINE_BYTES) }, (): Header => [name, '']
      )))
    }
    for (const filling of [
      ...fillings('/'), ...fillings('/-/'), ...fillings('/metrics?'), ...fillings('/metrics?token='),
      ...fillings('/-/events?token=')
    ]) {
      await time.measure(filling.name, sending(filling.of(ROOM).replaceAll(' ', '%20'), HOST, AUTHORIZATION))
    }
    for (const part of ['a', 'a=', 'token', 'token=1', '%61', '']) {
      await time.measure(
        `?${part}&${part}`, sending(`/-/events?${`${part}&`.repeat(ROOM / (part.length + 1))}`, HOST, AUTHORIZATION)
      )
    }
    time.assert(t, 'heads')
  })
}

t.test('bucket notifications of a megabyte', async (t) => {
  const client = await administering(TOKEN)
  const sending = (json: string, type = 'application/json') => {
    const head = bytesOf({
      method: 'POST',
      path: `/-/events?token=${TOKEN}`,
      headers: [['host', 'x'], ['content-type', type], ['content-length', String(Buffer.byteLength(json))]]
    })
    const bytes = Buffer.concat([head, Buffer.from(json)])
    return () => client.send(bytes)
  }
  const filled = (text: string): string => text.repeat((BODY_BYTES - 1_000) / text.length)
  const recordOf = (key: string): string => JSON.stringify({
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'us-east-1',
    eventTime: '2026-01-01T00:00:00.000Z',
    eventName: 'ObjectCreated:Put',
    s3: {
      bucket: { name: 'x', arn: 'arn:aws:s3:::x' },
      object: { key, size: 1, eTag: 'd41d8cd98f00b204e9800998ecf8427e', sequencer: '0055AED6DCD90281E5' }
    }
  })
  const usual = recordOf('photos/2026/a+photo.jpg')
  const plain = sending(`{"Records":[${filled(`${usual},`)}${usual}]}`)
  t.equal(await plain(), 200)
  const time = await ProcessorTime.of(plain)
  const short = '{"eventName":"ObjectCreated:","s3":{"bucket":{"name":"x"},"object":{"key":"a"}}}'
  const DOCUMENTS: Record<string, string> = {
    'short records': `{"Records":[${`${short},`.repeat(9_000)}${short}]}`,
    'too many records': `{"Records":[${filled(`${short},`)}${short}]}`,
    'records of something else': `{"Records":[${filled('{"eventName":"a"},')}{"eventName":"a"}]}`,
    'empty records': `{"Records":[${filled('{},')}{}]}`,
    arrays: filled('['),
    'arrays that end': `${'['.repeat(BODY_BYTES / 2 - 100)}${']'.repeat(BODY_BYTES / 2 - 100)}`,
    objects: filled('{"a":'),
    'objects that end': `${'{"a":'.repeat(BODY_BYTES / 6 - 100)}1${'}'.repeat(BODY_BYTES / 6 - 100)}`,
    'one name': `{${filled('"a":1,')}"a":1}`,
    names: `{${Array.from({ length: 80_000 }, (_, i) => `"a${i}":1`).join()}}`,
    numbers: `[${filled('1e9,')}1]`,
    'a number': filled('1'),
    blanks: `{${filled(' ')}}`,
    __proto__: `[${filled('{"__proto__":1},')}1]`,
    'blanks behind __proto__': `{"__proto__"${filled(' ')}1}`,
    'what begins as __proto__': `{"${filled('__proto')}":1}`,
    'escaped names': `{"${filled('\\u005f')}":1}`,
    constructors: `[${filled('{"constructor":{"prototype":1}},')}1]`,
    quotes: filled('"'),
    backslashes: `"${filled('\\\\')}"`
  }
  for (const unit of ['%25', '+', '%', '%C3%BC', '\\u0000', '\\\\', 'ü']) {
    DOCUMENTS[`a key of ${unit}`] = '{"Records":[{"eventName":"s3:ObjectCreated:","s3":{"bucket":{"name":"x"},' +
      `"object":{"key":"${filled(unit).slice(0, BODY_BYTES / 2)}"}}}]}`
  }
  DOCUMENTS['an event name'] = `{"Records":[{"eventName":"${filled('s3:ObjectCreated')}"}]}`
  const enveloped = (message: string): string => JSON.stringify({
    Type: 'Notification', Message: message.slice(0, BODY_BYTES - 1_000)
  })
  DOCUMENTS['a message'] = enveloped(`{"Records":[${filled(`${usual},`).slice(0, BODY_BYTES / 2)}`)
  DOCUMENTS['a message of arrays'] = enveloped(filled('['))
  DOCUMENTS['a message of messages'] = Array.from({ length: 8 }).reduce<string>(
    (inner) => enveloped(inner), filled('[').slice(0, 10_000)
  )
  DOCUMENTS['a confirmation'] = JSON.stringify({
    Type: 'SubscriptionConfirmation',
    Message: '',
    TopicArn: filled('\u202e').slice(0, 250_000),
    SubscribeURL: filled('\u0000').slice(0, 100_000)
  })
  DOCUMENTS['CloudEvents'] =
    `${'{"specversion":"1","data":'.repeat(30)}{}${'}'.repeat(30)}${filled(' ').slice(0, 1_000_000)}`
  DOCUMENTS['an event of EventBridge'] = '{"detail-type":"Object ' +
    `Created","detail":{"bucket":{"name":"x"},"object":{"key":"${filled('%25').slice(0, BODY_BYTES / 2)}"}}}`
  for (const [name, json] of Object.entries(DOCUMENTS)) await time.measure(name, sending(json))
  for (const type of ['text/plain; charset=UTF-8', 'application/x-www-form-urlencoded']) {
    await time.measure(`as ${type}`, sending(`a${filled('=&a')}`, type))
    await time.measure(`arrays as ${type}`, sending(filled('['), type))
  }
  time.assert(t, 'documents')
})
