import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { answering } from './answering.js'
import { BUCKET } from './content.js'
import { freePort } from './ports.js'
import { start } from './process.js'

export const LIMITED_MB_PER_SECOND = 50

/**
 * Starts nginx as a plain HTTP store of the content, with three ports: `fast`; `counting`, which logs the bytes it
 * sends; and `limited`, which also has a limit for each connection.
 * @param {import('./bench.js').Bench} bench
 */
export async function startNginx (bench) {
  const dir = bench.folder('nginx')
  mkdirSync(join(dir, 'unused'))
  const ports = { fast: await freePort(), limited: await freePort(), counting: await freePort() }
  const sent = join(dir, 'sent.log')
  writeFileSync(join(dir, 'nginx.conf'), configuration({ root: bench.content.dir, ports, sent }))
  const nginx = start('nginx', ['-p', dir, '-e', join(dir, 'error.log'), '-c', join(dir, 'nginx.conf')])
  bench.atEnd(() => nginx.stop())
  bench.content.random('probe', 1)
  const urls = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, `http://127.0.0.1:${port}`]))
  await answering(`${urls.counting}/${BUCKET}/probe`, nginx)
  const { fast, counting, limited } = urls
  return { fast, counting, limited, sentBytes: ({ key }) => sentBytes(sent, key) }
}

/**
 * Bytes of the bodies sent of one object. Waits until the log has been quiet for a while, so that connections that
 * broke off are counted too.
 */
async function sentBytes (log, key) {
  for (let size = -1; size !== statSync(log).size; await sleep(300)) size = statSync(log).size
  const path = `/${BUCKET}/${key}`
  return readFileSync(log, 'utf8').split('\n')
    .map((line) => line.split(' '))
    .filter(([method, uri]) => method === 'GET' && uri === path)
    .reduce((sum, [, , bytes]) => sum + Number(bytes), 0)
}

// limit_rate waits after each write, so ranges are limited like whole objects only while the writes are small: 500,000
// bytes are 10 ms of 50 MB/s.
const configuration = ({ root, ports, sent }) => `
${process.getuid() === 0 ? 'user root;' : ''}
daemon off;
worker_processes auto;
worker_rlimit_nofile 8192;
pid nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  log_format sent '$request_method $uri $body_bytes_sent';
  default_type application/octet-stream;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  client_body_temp_path unused;
  proxy_temp_path unused;
  fastcgi_temp_path unused;
  uwsgi_temp_path unused;
  scgi_temp_path unused;
  root ${root};
  server { listen 127.0.0.1:${ports.fast} backlog=4096; }
  server { listen 127.0.0.1:${ports.counting} backlog=4096; access_log ${sent} sent; }
  server {
    listen 127.0.0.1:${ports.limited} backlog=4096;
    access_log ${sent} sent;
    limit_rate ${LIMITED_MB_PER_SECOND * 1_000_000};
    sendfile_max_chunk ${LIMITED_MB_PER_SECOND * 10_000};
  }
}
`
