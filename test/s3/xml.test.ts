import { XMLParser, XMLValidator } from 'fast-xml-parser'
import t from 'tap'
import { S3Error } from '../../src/s3/errors.js'
import { errorXml, locationXml, xmlText } from '../../src/s3/xml.js'

const context = { requestId: 'R', hostId: 'H' }

t.test('S64: an error document is well-formed whatever the key holds', async (t) => {
  for (const key of [
    'a<b>&"\'c', ']]>', '<!DOCTYPE x>', '\u0000\u0008\u000B\u001F', 'a\r\nb', '\uFFFE', '\uD800', '😀'
  ]) {
    const xml = errorXml(new S3Error('NoSuchKey', { details: { Key: key } }), { ...context, resource: `/b/${key}` })
    t.equal(XMLValidator.validate(xml), true, JSON.stringify(key))
    t.notMatch(xml, /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/)
    t.notMatch(xml.replace('<?xml version="1.0" encoding="UTF-8"?>', ''), /<!|<\?/)
  }
  const xml = errorXml(new S3Error('NoSuchKey', { details: { Key: 'a<b>&c' } }), { ...context, resource: '/' })
  t.equal((new XMLParser().parse(xml) as { Error: { Key: string } }).Error.Key, 'a<b>&c')
})

t.test('the elements of S3, and never an empty Message', async (t) => {
  const { Error: error } = new XMLParser().parse(
    errorXml(new S3Error('NoSuchBucket', { details: { BucketName: 'b' } }), { ...context, resource: '/b' })
  ) as { Error: object }
  t.strictSame(error, {
    Code: 'NoSuchBucket',
    Message: 'The specified bucket does not exist',
    BucketName: 'b',
    Resource: '/b',
    RequestId: 'R',
    HostId: 'H'
  })
})

t.test('a location; us-east-1 is the empty one', async (t) => {
  t.match(locationXml('eu-west-1'), />eu-west-1<\/LocationConstraint>$/)
  t.match(locationXml('us-east-1'), /<LocationConstraint [^>]*\/>$/)
})

t.test('a text is the same text in an element and in an attribute, without what XML cannot hold', async (t) => {
  const parser = new XMLParser({ ignoreAttributes: false, trimValues: false })
  for (const text of ['a<b>&"\'c', ']]>', '<!--', '&amp;', '&#0;', 'a b', '😀 日本']) {
    const xml = `<a b="${xmlText(text)}">${xmlText(text)}</a>`
    t.equal(XMLValidator.validate(xml), true, text)
    t.strictSame(parser.parse(xml), { a: { '@_b': text, '#text': text } }, text)
  }
  t.equal(xmlText('a\u0000b\u001Fc\uFFFEd\uD800e\rf'), 'a\uFFFDb\uFFFDc\uFFFDd\uFFFDe\uFFFDf')
})
