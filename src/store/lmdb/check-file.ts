import { existsSync } from 'node:fs'
import { openDatabases, tryToWrite } from './databases.js'

// Walks through a store's file in a process of its own: LMDB ends the process that meets a damaged page, or no room for
// its lock.
const path = process.argv[2] ?? ''
let entries = 0
if (existsSync(path)) {
  const databases = openDatabases(path, { readOnly: true })
  for (const key of ['torrents', 'parts', 'infoHashes', 'published', 'manifests', 'usage', 'byUse'] as const) {
    // None: of a file that was made before there was one.
    const database: Partial<typeof databases>[typeof key] = databases[key]
    for (const { value } of database?.getRange() ?? []) entries += value === undefined ? 0 : 1
  }
  await databases.root.close()
}
if (process.argv[3] !== 'read') {
  const databases = openDatabases(path)
  tryToWrite(databases)
  await databases.root.close()
}
process.stdout.write(`${entries}\n`)
