import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { openLogStream } from '../../src/http/log-stream.js'
import { createServer } from '../../src/http/server.js'
import { clientAddress } from '../../src/net/client-address.js'
import type { RequestFacts } from '../../src/s3/request-facts.js'

interface Line { readonly msg: string, readonly requestId: string, readonly status: number, readonly code?: string }

/** What one request has left behind: its whole answer, the observed facts and the log lines. */
async function outcomeOf (head: string): Promise<{ answer: string, facts: RequestFacts[], lines: Line[] }> {
  const lines: Line[] = []
  const facts: RequestFacts[] = []
  const server = createServer({
    domains: [],
    logLevel: 'info',
    logStream: await openLogStream('json', { write: (text) => lines.push(JSON.parse(text) as Line) > 0 }),
    clientAddress: clientAddress([]),
    connections: { perNetwork: 0, isProxy: () => false },
    requestsPerNetwork: 0,
    observe: (seen) => { facts.push(seen) },
    onDropped: () => {},
    cors: false,
    tls: undefined
  })
  server.get('/text', (_request, reply) => reply.send('text'))
  server.get('/gone', (_request, reply) => { reply.hijack().raw.destroy() })
  await server.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1')
  let answer = ''
  socket.on('data', (bytes: Buffer) => { answer += bytes.toString() })
  socket.write(head)
  await once(socket, 'close')
  await server.close()
  return { answer, facts, lines: lines.filter(({ msg }) => msg === 'request') }
}

const request = (target: string, method = 'GET') =>
  `${method} ${target} HTTP/1.1\r\nHost: s3.test\r\nConnection: close\r\n\r\n`

const ENDS: ReadonlyArray<readonly [string, string, Partial<RequestFacts>]> = [
  ['that is answered', request('/text'), { status: 200, code: undefined, bytesSent: 4 }],
  ['of another method', request('/text', 'DELETE'), { status: 405, code: 'MethodNotAllowed' }],
  ['that fastify refuses before any hook', request('/%'), { status: 400, code: 'InvalidURI' }],
  ['whose answer breaks off', request('/gone'), { code: undefined, bytesSent: 0 }]
]

for (const [title, head, expected] of ENDS) {
  t.test(`a request ${title} has one log line, and is observed once`, async (t) => {
    const { answer, facts, lines } = await outcomeOf(head)
    t.match(facts, [expected])
    t.equal(facts.length, 1)
    t.equal(lines.length, 1)
    t.equal(lines[0]?.status, facts[0]?.status)
    t.equal(lines[0]?.code, facts[0]?.code)
    const [, id] = /^x-amz-request-id: ([0-9A-F]{16})\r$/m.exec(answer) ?? []
    if (answer !== '') t.equal(lines[0]?.requestId, id)
  })
}
