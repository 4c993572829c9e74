import t from 'tap'
import { policyOf } from '../../src/http/sandbox.js'

t.test('what may hold a script is sandboxed', async (t) => {
  for (const type of [
    undefined, '', ' ', 'text/html', 'TEXT/HTML', 'text/html; charset=utf-8', ' text/html', 'text/html;',
    'text/html,image/png', 'image/png, text/html', 'image/png;a=b, text/html', 'application/xhtml+xml', 'image/svg+xml',
    'Image/SVG+XML; charset=utf-8', 'text/xml', 'application/xml', 'application/atom+xml', 'image/x+xml', 'text/xsl',
    'multipart/x-mixed-replace;boundary=x', 'message/rfc822', 'multipart/related',
    'text/javascript', 'html', 'image', 'image/', '*/*', 'unknown/unknown', 'image/png text/html',
    'application/vnd.unheard-of'
  ]) t.equal(policyOf(type, undefined), 'sandbox', String(type))
  for (const type of [
    'image/png', 'IMAGE/JPEG', 'image/vnd.microsoft.icon', 'video/mp4', 'video/mp4; codecs="avc1"', 'audio/mpeg',
    'font/woff2', 'application/pdf', 'text/plain', 'text/plain; charset=utf-8', 'text/plain;charset=utf-8',
    'application/octet-stream', 'binary/octet-stream', 'application/json', ' image/png '
  ]) t.equal(policyOf(type, undefined), undefined, String(type))
})

t.test("the store's own policy goes along, and its sandbox stands alone", async (t) => {
  t.equal(policyOf('text/html', 'block-all-mixed-content'), 'block-all-mixed-content, sandbox', "MinIO's")
  t.equal(
    policyOf('text/html', "default-src 'none'; report-uri /sandbox"), "default-src 'none'; report-uri /sandbox, sandbox"
  )
  for (const own of [
    'sandbox',
    'sandbox allow-scripts',
    "default-src 'self'; Sandbox allow-scripts",
    "default-src 'none', sandbox",
    ' sandbox ; a'
  ]) {
    t.equal(policyOf('text/html', own), own)
  }
  t.equal(policyOf('image/png', 'block-all-mixed-content'), 'block-all-mixed-content')
})
