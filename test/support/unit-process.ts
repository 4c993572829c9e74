// A process of test/unit.ts: imports the files that it is given, one after the other. Each gets a test of its own as
// what it imports from tap, so that its folders and teardowns are its own, and what it changes in the environment is
// gone for the next.
import { once } from 'node:events'
import { register } from 'node:module'
import { pathToFileURL } from 'node:url'
import tap from 'tap'
import type { Test } from 'tap'
import { inRepo } from './repo-root.js'

const running: { test?: Test } = {}
Object.defineProperty(globalThis, 'runningFile', { value: running })
register(`data:text/javascript,${encodeURIComponent(`
  export function resolve (specifier, context, next) {
    if (specifier !== 'tap' || !/\\.test\\.ts$/.test(context.parentURL)) return next(specifier, context)
    return { shortCircuit: true, url: 'data:text/javascript,export default runningFile.test //' + context.parentURL }
  }
`)}`)

const environment = { ...process.env }
const alive = setInterval(() => {}, 60_000) // what a test waits for may keep no process alive
tap.setTimeout(0)
while (process.send?.('next') === true) {
  const [file] = await once(process, 'message') as [string]
  if (file === 'end') break
  await tap.test(file, { timeout: 60_000 }, async (test) => {
    running.test = test
    await import(pathToFileURL(inRepo(file)).href)
  })
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name]
  Object.assign(process.env, environment)
}
tap.end()
clearInterval(alive)
process.disconnect()
