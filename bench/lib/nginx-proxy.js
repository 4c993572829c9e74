import { launchNginx } from './nginx.js'
import { freePort } from './ports.js'

/**
 * Starts nginx as a proxy of an HTTP store. Bodies pass through its memory, and none goes to a temporary file: through
 * buffers of a page, as nginx has them by default, or through `large` ones, which cost it less than half.
 */
export async function startProxy (bench, origin, { large = false } = {}) {
  return await launch(bench, origin, '', `
    proxy_max_temp_file_size 0;
    ${large ? 'proxy_buffers 16 64k; proxy_buffer_size 64k; proxy_busy_buffers_size 128k;' : ''}
  `)
}

/** Starts nginx as a proxy that keeps what it reads, in slices of 1 MiB (nginx, "ngx_http_slice_module"). */
export async function startCachingProxy (bench, origin, cacheBytes) {
  return await launch(bench, origin, `
    proxy_cache_path cache keys_zone=slices:16m max_size=${Math.ceil(cacheBytes / 1024)}k use_temp_path=off;
  `, `
    slice 1m;
    proxy_cache slices;
    proxy_cache_key $uri$slice_range;
    proxy_cache_valid 200 206 1h;
    proxy_set_header Range $slice_range;
  `)
}

async function launch (bench, origin, outside, within) {
  const listener = `127.0.0.1:${await freePort()}`
  return await launchNginx(bench, `
  ${outside}
  upstream origin {
    server ${new URL(origin).host};
    keepalive 64;
  }
  server {
    listen ${listener} backlog=4096;
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      ${within}
    }
  }`, `http://${listener}`)
}
