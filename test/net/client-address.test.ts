import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { clientAddress } from '../../src/net/client-address.js'

const from = (remoteAddress: string, forwarded?: string): IncomingMessage =>
  ({
    socket: { remoteAddress },
    connection: { remoteAddress },
    headers: {
      ...(forwarded !== undefined && { 'x-forwarded-for': forwarded })
    }
  }) as unknown as IncomingMessage

t.test('without trusted proxies it is the other end of the socket', async (t) => {
  const of = clientAddress([])
  t.equal(of(from('192.0.2.1', '203.0.113.9')), '192.0.2.1')
})

t.test('T4: the right-most address that is no trusted proxy, and only behind one', async (t) => {
  const of = clientAddress(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7'])
  for (const [remote, forwarded, expected] of [
    ['198.51.100.1', '203.0.113.9', '198.51.100.1'],
    ['10.1.2.3', '203.0.113.9', '203.0.113.9'],
    ['::ffff:10.1.2.3', '203.0.113.9', '203.0.113.9'],
    ['10.1.2.3', '1.1.1.1, 203.0.113.9', '203.0.113.9'],
    ['10.1.2.3', '203.0.113.9, 10.9.9.9, 192.0.2.7', '203.0.113.9'],
    ['2001:db8::1', '2606:4700::1', '2606:4700::1'],
    ['10.1.2.3', undefined, '10.1.2.3'],
    ['10.1.2.3', 'unknown', '10.1.2.3'],
    ['10.1.2.3', '203.0.113.9:1234', '10.1.2.3'],
    ['10.1.2.3', '', '10.1.2.3']
  ] as const) t.equal(of(from(remote, forwarded)), expected, `${remote}, ${forwarded}`)
})
