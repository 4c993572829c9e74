import t from 'tap'
import { S3Error } from '../../src/s3/errors.js'
import { parseQuery } from '../../src/s3/query.js'
import { subResourceOf } from '../../src/s3/sub-resource.js'

const subResource = (query: string) => subResourceOf(parseQuery(query))

t.test('one sub-resource, by its exact name', async (t) => {
  for (const query of [
    'torrent', 'torrent=', 'torrent=x', '%74orrent', 'x-id=GetObjectTorrent&torrent=', 'a=b&torrent&versionId=1',
    'torrent&torrent'
  ]) {
    t.equal(subResource(query), 'torrent', query)
  }
  for (const query of ['', 'Torrent', 'torrents', 'x=torrent', 'versionId=1']) {
    t.equal(subResource(query), undefined, query)
  }
  t.equal(subResource('acl'), 'acl')
})

t.test('two are refused, named in order', async (t) => {
  for (const query of ['torrent&acl', 'acl&torrent=', 'torrent&x=1&acl']) {
    t.throws(
      () => subResource(query),
      new S3Error('InvalidArgument', { message: 'Conflicting query string parameters: acl, torrent' }),
      query
    )
  }
})
