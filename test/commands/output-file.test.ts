import { execFileSync } from 'node:child_process'
import {
  linkSync, lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { outputFile } from '../../src/commands/output-file.js'
import { giveAway, plantLink } from '../util/planted.js'

const CONTENT = Buffer.from('d10:created by14:object-torrente')
const PLANTED =
  /^\S+ is a link or a pipe that another user made, and is not written to; remove it, or -o names another file\.$/

/** A shared directory, and a file beside it that nothing may write to. */
function shared (t: Test): { at: (name: string) => string, victim: string } {
  const dir = t.testdir({ shared: {}, victim: 'precious' })
  return { at: (name) => join(dir, 'shared', name), victim: join(dir, 'victim') }
}

t.test('a name that somebody else has guessed is not written to', async (t) => {
  const { at, victim } = shared(t)
  for (const name of ['film.torrent', 'film']) symlinkSync(victim, at(`.${name}.${process.pid}`))
  await (await outputFile(at('film.torrent'), 'x')).write(CONTENT)
  t.strictSame(readFileSync(at('film.torrent')), CONTENT)
  t.ok(lstatSync(at('film.torrent')).isFile())
  t.equal(readFileSync(victim, 'utf8'), 'precious')
})

t.test('a link of somebody else is not followed', async (t) => {
  const { at, victim } = shared(t)
  plantLink(t, victim, at('film.torrent'))
  plantLink(t, at('missing'), at('dangling'))
  plantLink(t, at('.'), at('directory'))
  symlinkSync(at('film.torrent'), at('own link to it'))
  for (const path of ['film.torrent', 'dangling', 'directory', 'own link to it']) {
    await t.rejects(outputFile(at(path), 'x'), { name: 'CommandError', message: PLANTED }, path)
  }
  await t.rejects(outputFile(at('.'), 'film.torrent'), { message: PLANTED }, 'where the name is of the object')
  t.strictSame(readdirSync(at('.')).length, 4)
})

t.test('nor is one that comes while the torrent is made', async (t) => {
  const { at, victim } = shared(t)
  const output = await outputFile(at('film.torrent'), 'x')
  plantLink(t, victim, at('film.torrent'))
  await output.write(CONTENT)
  t.ok(lstatSync(at('film.torrent')).isFile(), 'it is replaced')
  t.equal(readFileSync(victim, 'utf8'), 'precious')
  t.strictSame(readFileSync(at('film.torrent')), CONTENT)
})

t.test('a pipe of somebody else is not written to, and a file in place of a pipe neither', async (t) => {
  const { at, victim } = shared(t)
  execFileSync('mkfifo', [at('pipe')])
  const output = await outputFile(at('pipe'), 'x')
  rmSync(at('pipe'))
  linkSync(victim, at('pipe'))
  await t.rejects(output.write(CONTENT), { message: PLANTED })
  t.equal(readFileSync(victim, 'utf8'), 'precious')
  rmSync(at('pipe'))
  execFileSync('mkfifo', [at('pipe')])
  giveAway(t, at('pipe'))
  await t.rejects(outputFile(at('pipe'), 'x'), { message: PLANTED })
})

t.test("one's own links and pipes, as ever", async (t) => {
  const { at } = shared(t)
  writeFileSync(at('real'), 'old')
  mkdirSync(at('there'))
  symlinkSync('real', at('link'))
  symlinkSync('link', at('link to a link'))
  symlinkSync('there', at('link to a directory'))
  symlinkSync('link to a directory/../real2', at('through a link'))
  symlinkSync('made', at('dangling'))
  for (const [path, real] of [
    ['link', 'real'], ['link to a link', 'real'], ['link to a directory', 'there/x'], ['through a link', 'real2'],
    ['dangling', 'made']
  ] as const) {
    await (await outputFile(at(path), 'x')).write(Buffer.from(path))
    t.equal(readFileSync(at(real), 'utf8'), path)
    t.ok(lstatSync(at(path)).isSymbolicLink(), 'and stays one')
  }
  symlinkSync('loop', at('loop'))
  await t.rejects(outputFile(at('loop'), 'x'), { message: /loop cannot be written \(ELOOP\)/ })
  execFileSync('mkfifo', [at('pipe')])
  const [read] = await Promise.all(
    [readFile(at('pipe')), outputFile(at('pipe'), 'x').then((output) => output.write(CONTENT))]
  )
  t.strictSame(read, CONTENT)
  await (await outputFile('/dev/null', 'x')).write(CONTENT)
  await t.rejects((await outputFile('/dev/full', 'x')).write(CONTENT), {
    message: '/dev/full cannot be written (ENOSPC); -o names another file.'
  })
  t.equal(readlinkSync(at('link')), 'real')
})

t.test('the longest name of a file', async (t) => {
  const { at } = shared(t)
  const name = `${'é'.repeat(123)}.torrent`
  await (await outputFile(at(name), 'x')).write(CONTENT)
  t.strictSame(readdirSync(at('.')), [name])
})
