import { isIPv4 } from 'node:net'
import t from 'tap'
import { addressBytes, compactEndpoint, formatAddress, networkKeyOf } from '../../src/net/endpoint.js'

t.test('addresses as bytes', async (t) => {
  t.equal(addressBytes('192.0.2.1')?.toString('hex'), 'c0000201')
  t.equal(addressBytes('2001:db8::1')?.toString('hex'), '20010db8000000000000000000000001')
  t.equal(addressBytes('::ffff:192.0.2.1')?.toString('hex'), 'c0000201', 'IPv4 inside IPv6')
  t.equal(
    addressBytes('fe80::1%br-12ab.5')?.toString('hex'), 'fe800000000000000000000000000001', 'its zone is none of it'
  )
  for (const text of ['', '%', '%eth0', 'localhost', '192.0.2.256', '::g']) t.equal(addressBytes(text), undefined, text)
  for (const text of ['192.0.2.1', '2001:db8::1', '::1']) {
    t.equal(formatAddress(addressBytes(text) ?? Buffer.alloc(0)), text)
  }
  t.equal(compactEndpoint(Buffer.from([192, 0, 2, 1]), 6881).toString('hex'), 'c00002011ae1')
})

t.test('one subscriber has a /64 of IPv6, and one address of IPv4', async (t) => {
  const network = (text: string): string | undefined => {
    const bytes = addressBytes(text)
    return bytes && networkKeyOf(bytes)
  }
  t.equal(network('2001:db8:1:2:3:4:5:6'), network('2001:db8:1:2::'))
  t.not(network('2001:db8:1:2::'), network('2001:db8:1:3::'))
  t.not(network('192.0.2.1'), network('192.0.2.2'))
})

t.test('an IPv4 address is what node:net takes for one', async (t) => {
  const texts = [
    '0.0.0.0', '255.255.255.255', '127.1.200.30', '1.2.3.4', '1.2.3', '1.2.3.4.5', '1.2.3.', '.1.2.3', '1..2.3',
    '256.1.1.1', '1.1.1.1000', '1.2.3.-4', '1.2.3.4 ', ' 1.2.3.4', '1.2.3.x', '4294967295'
  ]
  for (const text of texts) {
    const bytes = Buffer.from(text.split('.').map(Number))
    const told = addressBytes(text)
    if (isIPv4(text)) t.same([told, addressBytes(`::ffff:${text}`)], [bytes, bytes], text)
    else t.notSame(told, bytes, text)
  }
  t.equal(addressBytes('::ffff:1.2.3'), undefined)
  t.equal(addressBytes('::ffff:c000:201')?.toString('hex'), 'c0000201')
})
