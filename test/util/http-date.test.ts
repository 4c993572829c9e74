import t from 'tap'
import { httpDate, signingDate, storeDate } from '../../src/util/http-date.js'

const iso = (date: Date | undefined): string | undefined => date?.toISOString()

t.test('RFC 9110 §5.6.7: its three forms, and offsets', async (t) => {
  for (const text of [
    'Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994',
    'Sun, 06 Nov 1994 08:49:37 +0000', 'Sun, 06 Nov 1994 08:49:37 -0000', 'Sun, 06 Nov 1994 09:49:37 +0100',
    'Sun, 06 Nov 1994 01:19:37 -0730', 'Sun, 6 Nov 1994 08:49:37 UTC', '06 Nov 1994 08:49:37 GMT',
    'sun, 06 nov 1994 08:49:37 gmt', ' Sun, 06 Nov 1994 08:49:37 GMT '
  ]) {
    t.equal(iso(httpDate(text)), '1994-11-06T08:49:37.000Z', text)
    t.equal(iso(signingDate(text)), '1994-11-06T08:49:37.000Z', text)
  }
  t.equal(iso(httpDate('Mon, 01 Jan 0001 00:00:00 GMT')), '0001-01-01T00:00:00.000Z')
  t.equal(iso(httpDate('Fri, 31 Dec 9999 23:59:59 GMT')), '9999-12-31T23:59:59.000Z')
  t.equal(iso(httpDate('Tue, 29 Feb 2028 00:00:00 GMT')), '2028-02-29T00:00:00.000Z')
  t.equal(iso(httpDate('Sat, 31 Dec 2016 23:59:60 GMT')), '2016-12-31T23:59:59.000Z', 'a leap second')
  for (let ahead = -49; ahead <= 50; ahead++) {
    const year = new Date().getUTCFullYear() + ahead
    t.equal(
      httpDate(`Monday, 01-Jan-${String(year % 100).padStart(2, '0')} 00:00:00 GMT`)?.getUTCFullYear(),
      year,
      'two digits are the nearest year'
    )
  }
})

t.test('what is no date', async (t) => {
  for (const text of [
    '', 'nonsense', '0', '1', '2026', 'Thu, 01 Jan 275000 00:00:00 GMT', 'Thu, 01 Jan 10000 00:00:00 GMT',
    'Thu, 01 Jan 0000 00:00:00 GMT', 'Fri, 31 Dec 9999 23:59:59 -0100', 'Mon, 01 Jan 0001 00:00:00 +0100',
    'Thu, 30 Feb 2026 00:00:00 GMT', 'Thu, 29 Feb 2026 00:00:00 GMT', 'Thu, 00 Jan 2026 00:00:00 GMT',
    'Thu, 01 Foo 2026 00:00:00 GMT', 'Thu, 01 Jan 2026 24:00:00 GMT', 'Thu, 01 Jan 2026 00:60:00 GMT',
    'Thu, 01 Jan 2026 00:00:61 GMT', 'Thu, 01 Jan 2026 00:00:00', 'Thu, 01 Jan 2026 00:00:00 PST',
    'Thu, 01 Jan 2026 00:00:00 GMT, Thu, 01 Jan 2026 00:00:00 GMT', 'Thu, 01 Jan 2026 00:00:00 GMT+0100',
    `${' '.repeat(16_000)}Thu, 01 Jan 2026 00:00:00 GMT`, `Thu, ${'0'.repeat(16_000)}`
  ]) {
    t.equal(httpDate(text), undefined, text.slice(0, 80))
    t.equal(signingDate(text), undefined, text.slice(0, 80))
  }
})

t.test('clients sign with ISO 8601 too', async (t) => {
  for (const text of ['2026-03-04T05:06:07Z', '2026-03-04T05:06:07.000Z', '20260304T050607Z']) {
    t.equal(iso(signingDate(text)), '2026-03-04T05:06:07.000Z')
    t.equal(httpDate(text), undefined, 'which is no HTTP-date')
  }
  for (const text of [
    '2026-02-30T00:00:00Z', '2026-03-04', '20260304', '2026-03-04T05:06:07', '2026-13-04T05:06:07Z',
    '+275000-01-01T00:00:00Z', '0000-01-01T00:00:00Z', '2026-03-04T05:06:07+01:00'
  ]) {
    t.equal(signingDate(text), undefined, text)
  }
})

t.test('stores write all of them, and ISO 8601 with an offset', async (t) => {
  for (const text of [
    'Tue, 05 Mar 2024 10:00:00 GMT', 'Tue, 05 Mar 2024 10:00:00 UTC', 'Tue, 05 Mar 2024 10:00:00 +0000',
    'tue, 05 mar 2024 10:00:00 gmt', 'Tuesday, 05-Mar-24 10:00:00 GMT', 'Tue Mar  5 10:00:00 2024',
    '2024-03-05T10:00:00Z',
    '2024-03-05T10:00:00.123Z', '2024-03-05T10:00:00+00:00', '2024-03-05 10:00:00+00:00', '2024-03-05T11:00:00.5+0100',
    '20240305T100000Z'
  ]) {
    t.equal(iso(storeDate(text)), '2024-03-05T10:00:00.000Z', text)
  }
  for (const text of [
    '', 'nonsense', '2024', '2024-03-05', '2024-03-05T10:00:00', '1709632800', '2024-02-30T10:00:00+00:00'
  ]) {
    t.equal(storeDate(text), undefined, text)
  }
})
