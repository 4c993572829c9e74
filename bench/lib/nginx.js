import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { answering } from './answering.js'
import { BUCKET } from './content.js'
import { freePort } from './ports.js'
import { start } from './process.js'

export const LIMITED_MB_PER_SECOND = 50
const LOG = 'sent.log'

/**
 * Starts nginx as a plain HTTP store of the content, with three ports: `fast`; `counting`, which logs the bytes it
 * sends; and `limited`, which also has a limit for each connection.
 * @param {import('./bench.js').Bench} bench
 * @param {string} [host] the address that it listens on
 */
export async function startNginx (bench, host = '127.0.0.1') {
  const ports = { fast: await freePort(), counting: await freePort(), limited: await freePort() }
  const [fast, counting, limited] = Object.values(ports).map((port) => `http://${host}:${port}`)
  const { dir } = await launchNginx(bench, store(bench.content.dir, host, ports), counting)
  return { fast, counting, limited, sentBytes: ({ key }) => sentBytes(join(dir, LOG), key) }
}

/**
 * Starts nginx with these lines in its `http` block, for the rest of the row; the row may end it sooner, and its files
 * go with it. It has answered at `url`.
 */
export async function launchNginx (bench, lines, url) {
  const dir = bench.folder('nginx')
  mkdirSync(join(dir, 'unused'))
  writeFileSync(join(dir, 'nginx.conf'), configuration(lines))
  const nginx = start('nginx', ['-p', dir, '-e', join(dir, 'error.log'), '-c', join(dir, 'nginx.conf')])
  const stop = async () => {
    await nginx.stop()
    rmSync(dir, { recursive: true, force: true })
  }
  bench.atEnd(stop)
  bench.content.random('probe', 1)
  await answering(`${url}/${BUCKET}/probe`, nginx)
  return { dir, url, pid: nginx.pid, stop }
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

const configuration = (lines) => `
${process.getuid() === 0 ? 'user root;' : ''}
daemon off;
worker_processes auto;
worker_rlimit_nofile 8192;
pid nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  default_type application/octet-stream;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  client_body_temp_path unused;
  proxy_temp_path unused;
  fastcgi_temp_path unused;
  uwsgi_temp_path unused;
  scgi_temp_path unused;
${lines}
}
`

// limit_rate waits after each write, so ranges are limited like whole objects only while the writes are small: 500,000
// bytes are 10 ms of 50 MB/s.
const store = (root, host, { fast, counting, limited }) => `
  log_format sent '$request_method $uri $body_bytes_sent';
  root ${root};
  server { listen ${host}:${fast} backlog=4096; }
  server { listen ${host}:${counting} backlog=4096; access_log ${LOG} sent; }
  server {
    listen ${host}:${limited} backlog=4096;
    access_log ${LOG} sent;
    limit_rate ${LIMITED_MB_PER_SECOND * 1_000_000};
    sendfile_max_chunk ${LIMITED_MB_PER_SECOND * 10_000};
  }
`
