import t from 'tap'
import { fillFolderTemplate } from '../../src/torrent/folder-seed-url.js'

t.test('the folder in which there is the folder of the torrent (BEP 19)', async (t) => {
  const CASES: Array<[template: string, above: string, url: string | undefined]> = [
    ['https://cdn.example/{bucket}/{key}', 'films/', 'https://cdn.example/media/films/'],
    ['https://cdn.example/{bucket}/{key}/', 'films/', 'https://cdn.example/media/films/'],
    ['https://cdn.example/{bucket}/{key}', '', 'https://cdn.example/media/'],
    ['https://cdn.example/{key}', 'a b/\u00E9/', 'https://cdn.example/a%20b/%C3%A9/'],
    ['https://cdn.example/x', 'films/', 'https://cdn.example/x/'],
    ['https://cdn.example', 'films/', 'https://cdn.example/'],
    ['https://cdn.example/?x={key}', 'films/', undefined],
    ['https://cdn.example/x/?', '', undefined],
    ['https://cdn.example/{key}', 'films//', undefined],
    ['https://cdn.example/{key}', '../', undefined],
    ['https://cdn.example/x/', 'films//', 'https://cdn.example/x/']
  ]
  for (const [template, above, url] of CASES) {
    t.equal(fillFolderTemplate(template, { bucket: 'media', above }), url, `${template} ${above}`)
  }
})
