/**
 * How far an address is good for, the nearest first: this machine, the link, networks without a place in the Internet,
 * the Internet.
 */
export const SCOPE = { machine: 0, link: 1, site: 2, everywhere: 3 } as const
export type Scope = (typeof SCOPE)[keyof typeof SCOPE]
export const SCOPES = 4

/**
 * The scope of an address of 4 or 16 bytes, at the beginning of `bytes` (RFC 6890, RFC 4193, RFC 6598); undefined where
 * no peer can be: unspecified, multicast, broadcast, reserved. What is for examples (RFC 5737) is taken for the
 * Internet's.
 */
export function scopeOf (bytes: Uint8Array, length = bytes.length): Scope | undefined {
  return length === 4 ? scopeOfIPv4(bytes) : scopeOfIPv6(bytes)
}

function scopeOfIPv4 (bytes: Uint8Array): Scope | undefined {
  const a = bytes[0] ?? 0
  const b = bytes[1] ?? 0
  if (a === 0 || a >= 224) return undefined
  if (a === 127) return SCOPE.machine
  if (a === 169 && b === 254) return SCOPE.link
  const site = a === 10 || (a === 172 && b >> 4 === 1) || (a === 192 && b === 168) || // RFC 1918
    (a === 100 && b >> 6 === 1) || // RFC 6598
    (a === 198 && b >> 1 === 9) || (a === 192 && b === 0 && bytes[2] === 0) // RFC 2544, RFC 6333
  return site ? SCOPE.site : SCOPE.everywhere
}

function scopeOfIPv6 (bytes: Uint8Array): Scope | undefined {
  const a = bytes[0] ?? 0
  const b = bytes[1] ?? 0
  if (a === 0xFF) return undefined
  if (a === 0xFE && b >> 6 === 2) return SCOPE.link
  if (a >> 1 === 0x7E || (a === 0xFE && b >> 6 === 3)) return SCOPE.site // RFC 4193, and what was before it
  for (let i = 0; i < 12; i++) if (bytes[i] !== 0) return SCOPE.everywhere
  return bytes[12] === 0 && bytes[13] === 0 && bytes[14] === 0 && bytes[15] === 1 ? SCOPE.machine : undefined
}

/** Whether who is in `asker` can be told of an address in `scope`: of none that is good for less than its own. */
export function canBeTold (scope: Scope, asker: Scope): boolean {
  return scope >= asker
}
