import t from 'tap'
import { shownUrl } from '../../src/util/shown-url.js'

t.test('users, passwords and queries are left out, of what is no URL too', async (t) => {
  for (const [text, shown] of [
    ['https://example.net/film.mkv', 'https://example.net/film.mkv'],
    ['https://user:secret@example.net/f?X-Amz-Signature=secret', 'https://…@example.net/f?…'],
    ['http://user:se/cret@h:99999/', 'http://…@h:99999/'],
    ['http://user:se@cret@h', 'http://…@h'],
    ['http://user:se?cret@h', 'http://…'],
    [
      'https://cdn.example.net/f.torrent?user=me@example.net&X-Amz-Signature=secret',
      'https://cdn.example.net/f.torrent?…'
    ],
    ['https://me:secret@example.net/f?a@b', 'https://…@example.net/f?…'],
    ['user?secret@h', '…'],
    ['http://user:se\ncret@h', 'http://…@h'],
    ['user:secret@h', '…@h'],
    ['', '']
  ] as const) t.equal(shownUrl(text), shown)
})
