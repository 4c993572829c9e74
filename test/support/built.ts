import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { inRepo } from './repo-root.js'

/** What `npm run build` compiles, and the record that the compiler keeps of the sources it has read. */
const BUILDS = [
  { sources: 'src', without: 'admin/dashboard/', record: 'dist/.tsbuildinfo' },
  { sources: 'src/admin/dashboard', without: undefined, record: 'dist/admin/dashboard/.tsbuildinfo' }
]
const ASSETS = /\.(html|css|svg)$/

interface BuildRecord {
  readonly fileNames: readonly string[]
  readonly fileInfos: ReadonlyArray<string | { readonly version: string }>
}

let known: string | undefined | false = false

/** The built program. Throws where it was not built from the sources that are here: an old build would be tested. */
export function builtProgram (): string {
  if (known === false) known = staleReason()
  if (known !== undefined) throw new Error(`dist is stale: ${known}. Run: npm run build`)
  return inRepo('dist/main.js')
}

/** Why dist is not what `npm run build` would make of src; undefined where it is. */
export function staleReason (): string | undefined {
  for (const { sources, without, record } of BUILDS) {
    const files = filesIn(sources).filter((file) => without === undefined || !file.startsWith(without))
    const built = versionsOf(record, inRepo(sources), without)
    if (built === undefined) return `${record} is missing`
    for (const file of files.filter((name) => name.endsWith('.ts'))) {
      const version = createHash('sha256').update(readFileSync(inRepo(`${sources}/${file}`))).digest('hex')
      if (built.get(file) !== version) return `${sources}/${file} has changed`
      built.delete(file)
    }
    const [gone] = built.keys()
    if (gone !== undefined) return `${sources}/${gone} is gone`
    for (const file of files.filter((name) => ASSETS.test(name))) {
      const [source, copy] = [inRepo(`${sources}/${file}`), inRepo(`${sources.replace('src', 'dist')}/${file}`)]
      if (!existsSync(copy) || !readFileSync(source).equals(readFileSync(copy))) return `${sources}/${file} has changed`
    }
  }
}

function filesIn (folder: string): string[] {
  return readdirSync(inRepo(folder), { recursive: true, encoding: 'utf8' })
}

/** SHA-256 of each source that the compiler has read, by its path in the folder of the sources. */
function versionsOf (record: string, sources: string, without: string | undefined): Map<string, string> | undefined {
  if (!existsSync(inRepo(record))) return undefined
  const { fileNames, fileInfos } = JSON.parse(readFileSync(inRepo(record), 'utf8')) as Partial<BuildRecord>
  const entries = (fileNames ?? []).map((name, index): [string, string] => {
    const info = fileInfos?.[index] ?? ''
    return [
      relative(sources, resolve(inRepo(join(record, '..')), name)), typeof info === 'string' ? info : info.version
    ]
  })
  return new Map(
    entries.filter(([file]) => !file.startsWith('..') && (without === undefined || !file.startsWith(without)))
  )
}
