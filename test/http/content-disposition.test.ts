import t from 'tap'
import { attachment } from '../../src/http/content-disposition.js'

t.test('an ASCII name and the real one, no semicolon at the end', async (t) => {
  t.equal(attachment('big.bin.torrent'), "attachment; filename=\"big.bin.torrent\"; filename*=UTF-8''big.bin.torrent")
  t.equal(attachment('ü 1.torrent'), "attachment; filename=\"_ 1.torrent\"; filename*=UTF-8''%C3%BC%201.torrent")
  t.equal(attachment('😀.torrent'), "attachment; filename=\"_.torrent\"; filename*=UTF-8''%F0%9F%98%80.torrent")
})

t.test('S58: nothing in a name ends the header or the quotes', async (t) => {
  const header = attachment('a"b\\c%d\'(e).torrent')
  t.equal(header, "attachment; filename=\"a_b_c_d'(e).torrent\"; filename*=UTF-8''a%22b%5Cc%25d%27%28e%29.torrent")
})
