/**
 * How else a signer may have written a Host header that arrived as `host`. No port is the scheme's own (RFC 9110
 * §4.2.3), and which scheme a client has used cannot be told behind a proxy: none, 80 and 443 are one, any other is
 * itself. Names have no case, and a dot at the end adds nothing; signers write neither capitals nor that dot, so
 * both are taken off what arrives and never put on.
 */
export function otherHosts (host: string): string[] {
  const [, port = ''] = /:(\d*)$/.exec(host) ?? []
  const name = host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
  const ports = ['', '80', '443'].includes(port) ? ['', ':80', ':443'] : [`:${port}`]
  return ports.map((port) => name + port).filter((spelling) => spelling !== host)
}
