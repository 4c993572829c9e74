// What browsers show without running anything in it, or only save. Of a list, as in a header that came twice, they take
// the last one.
const INERT_TYPES = [
  String.raw`(?:image|audio|video|font)/[^\s;,+]+`, 'text/plain', '(?:application|binary)/octet-stream',
  'application/(?:pdf|json)'
]
const INERT = new RegExp(String.raw`^(?:${INERT_TYPES.join('|')})\s*(?:;[^,]*)?$`, 'i')
const SANDBOX = 'sandbox'

/**
 * The Content-Security-Policy of an object, undefined for none. What a browser may run (HTML, SVG, any XML, what has no
 * type or an unknown one) gets a sandbox (HTML §7.1.5: no scripts, an origin of its own): else whoever writes objects
 * would write pages of this server. The store's own policy goes along; where it says `sandbox`, it stands alone. MinIO
 * sends one that does not.
 */
export function policyOf (type: string | undefined, own: string | undefined): string | undefined {
  if (INERT.test(type?.trim() ?? '') || (own !== undefined && hasSandbox(own))) return own
  return own === undefined ? SANDBOX : `${own}, ${SANDBOX}`
}

function hasSandbox (policies: string): boolean {
  return policies.split(/[;,]/).some((directive) => /^\s*sandbox(\s|$)/i.test(directive))
}
