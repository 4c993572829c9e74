import t from 'tap'
import { Proxies } from '../../src/net/proxies.js'
import { openTunnel } from '../../src/net/tunnel.js'
import { startProxy } from '../support/http-proxy.js'

t.test('a proxy that says nothing is not waited for', async (t) => {
  const proxy = await startProxy(t)
  proxy.refusal = { status: 0 }
  const way = new Proxies({ HTTPS_PROXY: proxy.url }).for({ protocol: 'https:', hostname: 'store.test' })
  if (way === undefined) throw new Error('no proxy')
  await t.rejects(openTunnel(way, { host: 'store.test', port: 443, limitMs: 200 }), {
    name: 'ProxyError', message: `the proxy ${proxy.url} did not answer within 0.2 s`
  })
  t.same(proxy.seen, ['CONNECT store.test:443'])
})
