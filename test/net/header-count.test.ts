import { once } from 'node:events'
import { get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { atMostHeaders } from '../../src/net/header-count.js'
import { createHttpServer } from '../../src/net/http-server.js'

const MOST = 40

t.test('a head is told whole, or refused', async (t) => {
  const server = createHttpServer(atMostHeaders(MOST, ({ headers }, response) => response.end(headers.last)), {
    limits: {},
    maxHeaders: MOST,
    keepAliveMs: 5_000,
    idleMs: 0,
    stallMs: 60_000,
    maxConnections: 100,
    descriptors: 1,
    perNetwork: 0,
    isProxy: () =>
      false,
    onDropped: () => {}
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const asked = async (count: number): Promise<{
    status: number | undefined
    connection: string | undefined
    body: string
  }> => {
    const headers = [
      'host', 'x', ...Array.from({ length: count - 2 }, (_, i) => [`a${i % 7}`, '']).flat(), 'last', 'the last one'
    ]
    const [response] = await once(get({ port, headers, setHost: false, agent: false }), 'response') as [IncomingMessage]
    return { status: response.statusCode, connection: response.headers.connection, body: await text(response) }
  }
  // Node's client adds a header of its own: `connection`.
  t.match(await asked(MOST - 1), { status: 200, body: 'the last one' })
  for (const count of [MOST, MOST + 1, 2 * MOST, 1_500]) {
    t.match(
      await asked(count),
      { status: 431, connection: 'close', body: `A request has at most ${MOST} headers.\n` },
      `${count}`
    )
  }
})
