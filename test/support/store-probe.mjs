// Opens damaged copies of a store one after the other, as a server does, reads everything and writes more; says of each what it saw.
// node store-probe.mjs DIR, with DIR/store.mdb, DIR/expected.json and DIR/flips.json
import { copyFileSync, mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { FILE_NAME } from '../../dist/store/lmdb/databases.js'
import { LmdbStore } from '../../dist/store/lmdb/lmdb-store.js'
import { openStore } from '../../dist/store/open-store.js'
import { InfoHash } from '../../dist/torrent/info-hash.js'
import { PieceDigests } from '../../dist/torrent/piece-digests.js'

const [directory = '', from = '0', step = '1'] = process.argv.slice(2)
const expected = JSON.parse(readFileSync(join(directory, 'expected.json'), 'utf8')).map(({ identity, digests }) => ({ identity, digests: Buffer.from(digests, 'hex') }))
const flips = JSON.parse(readFileSync(join(directory, 'flips.json'), 'utf8'))
const log = { warn () {} }

mkdirSync(join(directory, 'copies'), { recursive: true })
for (let index = Number(from); index < flips.length; index += Number(step)) {
  const { at, mask } = flips[index]
  const copy = mkdtempSync(join(directory, 'copies', 'copy-'))
  const path = join(copy, FILE_NAME)
  copyFileSync(join(directory, 'store.mdb'), path)
  const file = openSync(path, 'r+')
  const byte = Buffer.alloc(1)
  readSync(file, byte, 0, 1, at)
  writeSync(file, Buffer.from([byte[0] ^ mask]), 0, 1, at)
  closeSync(file)

  const seen = { index, at, known: 0, wrong: 0, inFile: false, written: 0 }
  process.stdout.write(`begin ${index}\n`)
  const store = await openStore({ directory: copy, maxBytes: 64 << 20, log })
  seen.inFile = store instanceof LmdbStore
  const look = async ({ identity, digests }) => {
    const kept = await store.get(identity)
    const found = kept.is === 'whole' ? [{ firstPiece: 0, digests: kept.digests }] : kept.runs
    if (found.length > 0) seen.known++
    for (const part of found) {
      const right = PieceDigests.of(digests, 1).slice(part.firstPiece, part.firstPiece + part.digests.pieces)
      if (!part.digests.equals(right) || part.digests.pieces === 0) seen.wrong++
    }
  }
  for (const each of expected) await look(each)
  for (let round = 0; round < 2; round++) {
    const more = Array.from({ length: 5 }, (_, i) => ({ identity: { ...expected[0].identity, key: `new ${round} ${i}`, size: 16384 * 200 * (i + 1) }, digests: Buffer.alloc(4000 * (i + 1), `${round} ${i}`) }))
    await store.put(more[0].identity, { firstPiece: 3, digests: PieceDigests.of(more[0].digests, 1).slice(3) })
    await Promise.all(more.map(({ identity, digests }, i) => store.finish(identity, PieceDigests.of(digests, 1), [InfoHash.ofBytes(Buffer.alloc(20, `${round} ${i}`))])))
    for (const each of more) {
      const before = seen.known
      await look(each)
      seen.written += seen.known - before
      seen.known = before
    }
  }
  for (const each of expected) await look(each)
  await store.close()
  rmSync(copy, { recursive: true, force: true })
  process.stdout.write(`${JSON.stringify(seen)}\n`)
}
