import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import t from 'tap'
import { openLogStream } from '../../src/http/log-stream.js'
import { serializeError } from '../../src/http/request-log.js'
import { S3Origin } from '../../src/objects/s3/s3-origin.js'
import { S3Error } from '../../src/s3/errors.js'
import { fileNameOf } from '../../src/torrent/file-name.js'
import { NotATorrent } from '../../src/torrent/not-a-torrent.js'
import { readTorrentFile } from '../../src/torrent/torrent-file.js'
import { fillings } from './fillings.js'
import { ProcessorTime } from './processor-time.js'

/** What is read of a metainfo file; a torrent of usual files reaches the limit of values before. */
const TORRENT_BYTES = 64 * 1024 * 1024
const STORE_BYTES = 64 * 1024 - 1_000
const NOWHERE = new Writable({ write: (_chunk, _encoding, written) => { written() } })
const NO_ONE = { keyPair: undefined, requestPayer: false }

t.test('torrents', async (t) => {
  const reading = (bytes: Buffer) => () => {
    try {
      return readTorrentFile(bytes)
    } catch (error) {
      if (!(error instanceof NotATorrent)) throw error
    }
  }
  const PIECES = '6:pieces0:'
  const infoOf = (inside: Buffer | string): Buffer => Buffer.concat(
    [Buffer.from('d4:infod'), Buffer.from(inside), Buffer.from('ee')]
  )
  const v1 = (files: Buffer): Buffer => infoOf(
    Buffer.concat([Buffer.from('5:filesl'), files, Buffer.from(`e4:name1:a12:piece lengthi16384e${PIECES}`)])
  )
  const v2 = (tree: Buffer | string): Buffer => infoOf(Buffer.concat(
    [Buffer.from('9:file tree'), Buffer.from(tree), Buffer.from('12:meta versioni2e4:name1:a12:piece lengthi16384e')]
  ))
  const repeated = (text: string, count = Math.floor((TORRENT_BYTES - 1_000) / text.length)): Buffer => Buffer.alloc(
    count * text.length, text
  )
  const numbered = (make: (i: string) => string, count: number): Buffer => Buffer.from(
    Array.from({ length: count }, (_, i) => make(String(1_000_000 + i))).join('')
  )
  const FILES = 240_000
  const usual = v1(Buffer.concat([numbered((i) => `d6:lengthi${i}e4:pathl9:documents11:${i}.txtee`, FILES)]))
  t.equal(readTorrentFile(v1(Buffer.from('d6:lengthi0e4:pathl0:ee'))).files.length, 1)
  t.equal(reading(v2(`d${'4:name'}d0:d6:lengthi0eeee`))()?.files[0]?.path, 'name')
  const time = await ProcessorTime.of(reading(usual))
  const deep = (inside: string, levels: number): string => `${`d${'1:a'}`.repeat(levels)}${inside}${'e'.repeat(levels)}`
  const TORRENTS: Record<string, Buffer> = {
    'empty files': v1(repeated('d6:lengthi0e4:pathl0:ee')),
    'as many empty files as are read': v1(repeated('d6:lengthi0e4:pathl0:ee', 330_000)),
    'one file of many parts': v1(
      Buffer.concat([Buffer.from('d6:lengthi0e4:pathl'), repeated('0:', 1_900_000), Buffer.from('ee')])
    ),
    'no values': repeated('0:'),
    'lists in a list': Buffer.concat([Buffer.from('d1:al'), repeated('le'), Buffer.from('ee')]),
    'deep lists': Buffer.concat(
      [Buffer.from('d1:al'), repeated(`${'l'.repeat(90)}${'e'.repeat(90)}`), Buffer.from('ee')]
    ),
    'keys in a wrong order': Buffer.concat(
      [Buffer.from('d'), numbered((i) => `7:${[...i].reverse().join('')}0:`, 900_000), Buffer.from('e')]
    ),
    'keys in the right order': Buffer.concat(
      [Buffer.from('d'), numbered((i) => `7:${i}0:`, 900_000), Buffer.from('e')]
    ),
    'keys in a wrong order in many dictionaries': Buffer.concat(
      [Buffer.from('d1:al'), repeated('d1:b0:1:a0:e', 500_000), Buffer.from('ee')]
    ),
    'long keys that are nearly the same': Buffer.concat(
      [Buffer.from('d'), numbered((i) => `70:${'k'.repeat(63)}${i}0:`, 800_000), Buffer.from('e')]
    ),
    'integers without an end': Buffer.concat([Buffer.from('d1:al'), repeated('i')]),
    'a long integer': Buffer.concat([Buffer.from('d1:ai'), repeated('1'), Buffer.from('ee')]),
    'a long length': repeated('9'),
    trackers: Buffer.concat([
      Buffer.from('d13:announce-listl'),
      repeated('l1:ae', 900_000),
      Buffer.from(`e4:infod6:lengthi0e12:piece lengthi1e${PIECES}ee`)
    ]),
    'web seeds': Buffer.concat([
      Buffer.from(`d4:infod6:lengthi0e12:piece lengthi1e${PIECES}e8:url-listl`),
      repeated('1:a', 1_900_000),
      Buffer.from('ee')
    ]),
    'a tree of many files': v2(
      Buffer.concat([Buffer.from('d'), numbered((i) => `7:${i}d0:d6:lengthi0eee`, 330_000), Buffer.from('e')])
    ),
    'a deep tree': v2(deep(numbered((i) => `7:${i}d0:d6:lengthi0eee`, 330_000).toString(), 95)),
    'a directory of a long name': v2(Buffer.concat([
      Buffer.from('d10000000:'),
      repeated('n', 10_000_000),
      Buffer.from('d'),
      numbered((i) => `7:${i}d0:d6:lengthi0eee`, 330_000),
      Buffer.from('ee')
    ])),
    'nameless directories': v2(deep('', 98).replaceAll('1:a', '0:'))
  }
  for (const [name, bytes] of Object.entries(TORRENTS)) await time.measure(name, reading(bytes))
  time.assert(t, 'torrents')
})

t.test('documents of a store', async (t) => {
  let document = ''
  const headers: Record<string, string> = {}
  const server = createServer((request, response) => {
    response.writeHead(403, { 'content-type': 'application/xml', ...headers })
    response.end(request.method === 'HEAD' ? undefined : document)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = new S3Origin({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    addressing: 'path',
    ownKeyPair: undefined
  })
  t.teardown(async () => {
    await origin.close()
    server.close()
  })
  const lines = [await openLogStream('json', NOWHERE), await openLogStream('pretty', NOWHERE)]
  /** A request that fails, and what is logged of that. */
  const asking = (text: string) => async () => {
    document = text
    const error: unknown = await origin.head(
      { bucket: 'media', key: 'film' }, NO_ONE, AbortSignal.timeout(30_000)
    ).catch(
      (cause: unknown) => new S3Error('ServiceUnavailable', { cause })
    )
    const line = `${JSON.stringify({ level: 50, time: 0, err: serializeError(error), msg: 'ServiceUnavailable' })}\n`
    for (const log of lines) log.write(line)
  }
  const filled = (text: string): string => text.repeat(STORE_BYTES / text.length)
  const usual = (message: string): string =>
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`
  const time = await ProcessorTime.of(asking(usual(filled('a'))))
  for (const filling of fillings()) {
    await time.measure(`a message of ${filling.name}`, asking(usual(filling.of(STORE_BYTES))))
    await time.measure(`a code of ${filling.name}`, asking(`<Error><Code>${filling.of(STORE_BYTES)}</Code></Error>`))
  }
  const DOCUMENTS: Record<string, string> = {
    'elements in each other': filled('<a>'),
    'elements that end': `${'<a>'.repeat(STORE_BYTES / 7)}${'</a>'.repeat(STORE_BYTES / 7)}`,
    'elements of one name': `<Error>${filled('<a/>')}</Error>`,
    'elements of many names':
      '<Error>' +
      Array.from({ length: STORE_BYTES / 11 }, (_, i) => `<a${i}>1</a${i}>`).join('').slice(0, STORE_BYTES) +
      '</Error>',
    'ends alone': filled('</a>'),
    'an element without an end': `<Error ${filled('a ')}`,
    attributes: `<Error ${filled('a="b" ')}></Error>`,
    'attributes of many names':
      `<Error ${Array.from({ length: STORE_BYTES / 9 }, (_, i) => `a${i}=""`).join(' ').slice(0, STORE_BYTES)}>` +
      '</Error>',
    'blanks in an element': `<Error${filled(' ')}x></Error>`,
    comments: filled('<!---->'),
    'a comment without an end': `<!--${filled('-')}`,
    'comments without an end': filled('<!--'),
    'CDATA without an end': filled('<![CDATA['),
    CDATA: `<Error>${filled('<![CDATA[a]]>')}</Error>`,
    instructions: filled('<?a?>'),
    'instructions without an end': filled('<?'),
    entities: usual(filled('&amp;')),
    'numbers of characters': usual(filled('&#65;')),
    'entities without an end': usual(filled('&')),
    'what is before it': `${filled(' ')}<Error/>`,
    'nothing but text': filled('a'),
    brackets: filled('<'),
    numbers: usual(filled('1')),
    JSON: filled('{"a":')
  }
  for (const unit of [
    'Secret-', 'secretsecre', 'signature%', 'customer-key-', 'security-token=', ' AWS ', 'AWS aaaaaaaaaaaaaaa',
    'secret%', '\u202E'
  ]) {
    for (const end of ['', '=', '%3D']) {
      DOCUMENTS[`a message of ${JSON.stringify(`${unit}…${end}`)}`] = usual(filled(unit) + end)
    }
  }
  for (const [name, text] of Object.entries(DOCUMENTS)) await time.measure(name, asking(text))
  for (const name of [
    'etag', 'x-amz-request-id', 'content-type', 'last-modified', 'x-amz-bucket-region', 'x-amz-delete-marker', 'date'
  ]) {
    for (const filling of fillings()) {
      headers[name] = filling.of(15_000).replace(/[^\x20-\x7E]/g, '')
      await time.measure(`${name}: ${filling.name}`, asking(usual(filled('a'))))
    }
    delete headers[name]
  }
  time.assert(t, 'documents')
})

t.test('names of files', async (t) => {
  const names = await ProcessorTime.of(() => many(() => fileNameOf('a'.repeat(1_023))))
  for (const filling of fillings()) await names.measure(filling.name, () => many(() => fileNameOf(filling.of(1_023))))
  for (const unit of ['.', ' ', '\u{1F600}', '_']) {
    for (const end of ['', 'x', '.mkv']) {
      await names.measure(
        JSON.stringify(`${unit}…${end}`), () => many(
          () => fileNameOf(unit.repeat(1_000 / Buffer.byteLength(unit)) + end)
        )
      )
    }
  }
  names.assert(t, 'names')
})

/** More than the clock is fine for. */
function many (work: () => unknown): void {
  for (let i = 0; i < 20; i++) work()
}
