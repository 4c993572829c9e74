import t from 'tap'
import { fileNameOf, torrentFileName } from '../../src/torrent/file-name.js'

// S58 (docs/threats.md): a key is a string of anybody's, and a name ends up in a file system.
const CASES: Array<[key: string, name: string]> = [
  ['film.mkv', 'film.mkv'],
  ['a/b/film.mkv', 'film.mkv'],
  ['folder/', 'folder'],
  ['a/..', 'object'],
  ['..', 'object'],
  ['.', 'object'],
  ['/', 'object'],
  ['.hidden', '.hidden'],
  ['trailing. . ', 'trailing'],
  ['  leading', 'leading'],
  ['CON', '_CON'],
  ['con.txt', '_con.txt'],
  ['Lpt1', '_Lpt1'],
  ['console', 'console'],
  ['a<b>c:d"e\\f|g?h*i', 'a_b_c_d_e_f_g_h_i'],
  ['line\r\nbreak', 'line__break'],
  ['ev\u202Efdp.exe', 'ev_fdp.exe'],
  ['\u2066x\u2069', '_x_'],
  ['ünï', 'ünï'],
  ['u\u0308', 'u\u0308']
]

t.test('S58: safe names', async (t) => {
  for (const [key, name] of CASES) t.equal(fileNameOf(key), name, JSON.stringify(key))
})

t.test('S58: 240 bytes at most, the extension kept, no character cut', async (t) => {
  t.equal(fileNameOf('x'.repeat(300)), 'x'.repeat(240))
  t.equal(fileNameOf(`${'x'.repeat(300)}.mkv`), `${'x'.repeat(236)}.mkv`)
  const name = fileNameOf(`${'ü'.repeat(300)}.mkv`)
  t.equal(Buffer.byteLength(name), 240)
  t.ok(name.endsWith('ü.mkv'))
  t.notMatch(fileNameOf('😀'.repeat(200)), /\uFFFD/)
})

t.test('the name in a torrent keeps what is not seen, and with it its info hash; the saved .torrent has none of it',
  async (t) => {
    for (const character of ['\u061C', '\u200B', '\u200C', '\u200D', '\u2028', '\u2029', '\uFE0F', '\u{E0061}']) {
      const key = `ev${character}fdp.mkv`
      t.equal(fileNameOf(key), key, `U+${character.codePointAt(0)?.toString(16)}`)
      t.equal(torrentFileName(fileNameOf(key)), 'ev_fdp.mkv.torrent')
    }
    t.equal(torrentFileName(fileNameOf('ev\u202Efdp.mkv')), 'ev_fdp.mkv.torrent')
    t.equal(torrentFileName('ünï 😀.mkv'), 'ünï 😀.mkv.torrent')
  })
