import { EventEmitter, once } from 'node:events'
import { statSync, utimesSync, writeFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { watchTlsPair } from '../../src/net/tls-certificate.js'
import type { TlsPair } from '../../src/net/tls-certificate.js'
import { isSettled } from '../../src/util/stat-version.js'
import { CertificateAuthority } from '../support/certificate-authority.js'
import type { Issued } from '../support/certificate-authority.js'
import { need } from '../support/programs.js'

t.test('a pair that is rewritten in place, as long as before and with its mtime put back, is used', async (t) => {
  if (!need(t, 'openssl')) return
  const dir = t.testdir({})
  const authority = new CertificateAuthority(join(dir, 'authority'))
  const files = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') }
  const write = ({ cert, key }: Issued): void => {
    for (const [file, pem] of [[files.cert, cert], [files.key, key]] as const) {
      writeFileSync(file, Buffer.concat([pem, Buffer.alloc(8_000 - pem.length, '\n')]))
      utimesSync(file, 1_700_000_000, 1_700_000_000)
    }
  }
  const used = new EventEmitter<{ pair: [TlsPair] }>()
  write(authority.issue())
  while (!isSettled(statSync(files.key, { bigint: true })));
  const unwatch = watchTlsPair(files, { info: () => {}, warn: () => {} }, (pair) => { used.emit('pair', pair) })
  const alive = setInterval(() => {}, 1_000)
  t.teardown(() => {
    unwatch()
    clearInterval(alive)
  })
  for (let looks = 0; looks < 10; looks++) await stat(files.key) // behind the first look of its own
  const next = authority.issue()
  write(next)
  const [{ key }] = await once(used, 'pair', { signal: AbortSignal.timeout(20_000) }) as [TlsPair]
  t.ok(key.subarray(0, next.key.length).equals(next.key))
})
