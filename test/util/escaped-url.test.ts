import t from 'tap'
import { escapedUrl } from '../../src/util/escaped-url.js'

t.test('what no URL holds is escaped', async (t) => {
  const CASES: Array<[text: string, url: string]> = [
    ['https://cdn.example/my films/{bucket}/{key}', 'https://cdn.example/my%20films/{bucket}/{key}'],
    ['https://cdn.example/f\u00EFlme/\u{1F600}?a=\u00FC b', 'https://cdn.example/f%C3%AFlme/%F0%9F%98%80?a=%C3%BC%20b'],
    ['https://b\u00FCcher.example:8443/{key}', 'https://xn--bcher-kva.example:8443/{key}'],
    ['https://{bucket}.b\u00FCcher.example/{key}', 'https://{bucket}.xn--bcher-kva.example/{key}'],
    ['udp://m\u00FCnchen:6969', 'udp://xn--mnchen-3ya:6969'],
    ['https://cdn.example/100%/a%2Fb/%c3%bc', 'https://cdn.example/100%25/a%2Fb/%c3%bc'],
    ['https://cdn.example/[2020]/{year}/<a>|"^`\\', 'https://cdn.example/%5B2020%5D/%7Byear%7D/%3Ca%3E%7C%22%5E%60%5C'],
    [' https://cdn.example/a\n', 'https://cdn.example/a'],
    ['https://cdn.example/a\tb', 'https://cdn.example/a%09b'],
    ['http://us er:p\u00E4ss@cdn.example/', 'http://us%20er:p%C3%A4ss@cdn.example/']
  ]
  for (const [text, url] of CASES) t.equal(escapedUrl(text), url, text)
})

t.test('all else is as written', async (t) => {
  for (const url of [
    'http://Tracker.Example:80/announce', 'udp://tracker.example:6969',
    'https://[2001:db8::1]:443/announce?passkey=A%2fb&c', "https://cdn.example/~a/../b;c=1/!$&'()*+,=:@",
    'wss://tracker.example', 'http://t.example/?a#b'
  ]) t.equal(escapedUrl(url), url, url)
})

t.test('what is no absolute URL', async (t) => {
  for (const text of [
    '', 'cdn.example/a', 'https:cdn.example/a', 'https:/cdn.example/a', 'https:///a', 'https://', 'http://[/',
    'http://a b/', '/a'
  ]) {
    t.equal(escapedUrl(text), undefined, text)
  }
})
