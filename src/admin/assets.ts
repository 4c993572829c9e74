import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { LOOK } from '../pages/styles.js'

// uPlot names no file of its own but the one to require.
const uPlot = dirname(createRequire(import.meta.url).resolve('uplot'))
const own = new URL('dashboard/', import.meta.url)

const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml'
}

/** The dashboard's files. They hold no data, and need no token. */
export function mountAssets (server: FastifyInstance): void {
  const mount = (path: string, file: string | URL): void => {
    const type = TYPES[extname(String(file)).slice(1) as keyof typeof TYPES]
    const content = readFileSync(file)
    server.get(path, (_request, reply) => reply.type(type).send(content))
  }
  const names = readdirSync(own, { recursive: true, encoding: 'utf8' })
  for (const name of names.filter((name) => extname(name).slice(1) in TYPES)) {
    mount(name === 'index.html' ? '/' : `/${name}`, new URL(name, own))
  }
  server.get('/look.css', (_request, reply) => reply.type(TYPES.css).send(LOOK))
  mount('/uplot.js', join(uPlot, 'uPlot.esm.js'))
  mount('/uplot.css', join(uPlot, 'uPlot.min.css'))
}
