import t from 'tap'
import { foldedComponent, safeComponent, suffixedComponent } from '../../src/torrent/path-component.js'

const bytes = (text: string): number => Buffer.byteLength(text)

t.test('what is harmless stays as it is', async (t) => {
  for (const part of [
    'film.mkv', 'part-0000.parquet', 'a b', 'a+b', "it's (1) [2] {3}.txt", 'a&b=c;d,e!~^`@$', '.hidden', '..x', 'x..y',
    'console', 'CONTENT.txt', 'com10', 'ünï', 'e\u0301', '日本 😀.mkv', '_', '-', 'x'.repeat(240), 'pad', '.pad',
    'date=2024-01-01 00%3A00%3A00', 'caf%C3%A9', 'a%20b', '_____padding', '\uFFFD'
  ]) t.equal(safeComponent(part), part)
})

t.test('S58: what a client or a file system would change is changed once, here', async (t) => {
  for (const [part, component] of [
    ['', '_'], ['.', '_'], ['..', '_'], [' . ', '_'], ['....', '_'], ['a.', 'a'], ['a . .', 'a'], ['  a', 'a'],
    ['a<b>c:d"e\\f|g?h*i/j#k', 'a_b_c_d_e_f_g_h_i_j_k'], ['a\0b\nc\u007Fd\u0085e', 'a_b_c_d_e'],
    ['exe\u202Etxt', 'exe_txt'], ['a\u200Db', 'a_b'], ['a\u061Cb', 'a_b'], ['❤\uFE0F', '❤_'], ['a\u{E0041}b', 'a_b'],
    ['a\uD800b', 'a_b'], ['\uDC00', '_'], ['CON', '_CON'], ['nul.tar.gz', '_nul.tar.gz'], ['LPT¹', '_LPT¹'],
    ['aux .txt', '_aux .txt'], ['COM0', '_COM0'], ['conin$', '_conin$'], ['CON.', '_CON'],
    ['_____padding_file_0_', '_____padding-file_0_'], [':____padding_file_', '_____padding-file_'],
    ['%____PADDING_FILE_', '_____PADDING-FILE_'],
    ['_____padding_file_____padding_file_', '_____padding-file_____padding-file_']
  ] as const) t.equal(safeComponent(part), component, JSON.stringify(part))
})

t.test('an escape stays where it decodes to a text that is in no other name', async (t) => {
  for (const [part, component] of [
    ['100%', '100_'], ['100% a%3Ab', '100_ a%3Ab'], ['%4', '_4'], ['%zz', '_zz'], ['a%2Fb', 'a_2Fb'],
    ['%2e%2E', '_2e_2E'], ['%00', '_00'], ['%7f', '_7f'], ['%2541', '_2541'], ['%5C', '_5C'], ['%FF', '_FF'],
    ['%C3%A9%FF', '_C3_A9_FF'],
    ['%ED%A0%80', '_ED_A0_80'], ['%C3', '_C3'], ['%23%3f', '%23%3f']
  ] as const) t.equal(safeComponent(part), component)
})

t.test('240 bytes at most, cut between characters, and what the cut leaves at the end is safe too', async (t) => {
  for (const [part, component] of [
    ['x'.repeat(241), 'x'.repeat(240)], [`${'x'.repeat(300)}.mkv`, `${'x'.repeat(236)}.mkv`],
    ['é'.repeat(200), 'é'.repeat(120)], [`x${'😀'.repeat(90)}`, `x${'😀'.repeat(59)}`],
    [`${'a '.repeat(119)}a.${'b'.repeat(50)}`, `${'a '.repeat(119)}a`],
    [`${'.'.repeat(300)}${'x'.repeat(20)}`, '_'], [`CON${' '.repeat(300)}x`, '_CON'],
    [`CON.${'x'.repeat(300)}`, `_CON.${'x'.repeat(235)}`], [`CON.${'x'.repeat(236)}`, `_CON.${'x'.repeat(235)}`],
    [`${'x'.repeat(238)}%3A`, `${'x'.repeat(238)}_3`]
  ] as const) {
    t.equal(safeComponent(part), component, part.slice(0, 20))
    t.ok(bytes(component) <= 240)
  }
})

t.test('a suffix is before the extension, and fits', async (t) => {
  for (const [component, isFolder, name] of [
    ['a', false, 'a~01234567'], ['a.txt', false, 'a~01234567.txt'], ['a.txt', true, 'a.txt~01234567'],
    ['.hidden', false, '.hidden~01234567'], ['x'.repeat(240), false, `${'x'.repeat(231)}~01234567`],
    [`${'x'.repeat(236)}.mkv`, false, `${'x'.repeat(227)}~01234567.mkv`],
    [`${'x'.repeat(229)}%3Axxxxxxxx`, false, `${'x'.repeat(229)}_3~01234567`],
    [`${'x'.repeat(213)}_____padding_file%3A`, true, `${'x'.repeat(213)}_____padding-file~01234567`]
  ] as const) {
    const suffixed = suffixedComponent(component, '~01234567', isFolder)
    t.ok(bytes(suffixed) <= 240)
    if (component.includes('padding')) t.notMatch(suffixed, '_____padding_file_')
    else t.equal(suffixed, name)
  }
})

t.test('what is one name somewhere is folded to one', async (t) => {
  for (const group of [
    ['a', 'A', '%41', '%61'], ['é', 'É', 'e\u0301', 'E\u0301', '%C3%A9', '%c3%89'],
    ['straße', 'STRASSE', 'stra\u1E9Ee'],
    ['k', 'K', '\u212A'], ['σ', 'ς', 'Σ'], ['θ', 'Θ', '\u03F4', '\u03D1'], ['İ', 'i\u0307'],
    ['\u1E9B\u0323', '\u017F\u0323\u0307']
  ]) t.equal(new Set(group.map(foldedComponent)).size, 1, group.join(' '))
  t.not(foldedComponent('a'), foldedComponent('á'))
  t.not(foldedComponent('a_'), foldedComponent('a'))
})
