import { SignatureV4 } from '@smithy/signature-v4'
import { Sha256 } from '../../src/credentials/sha256.js'
import type { KeyPair } from './key-pair.js'

const EXPIRES_S = 600

/**
 * A URL that is presigned by the signer of AWS's SDK for JavaScript, and the headers to be sent with it. Path and query
 * are sent as they are; values are unescaped in `query`.
 */
export async function presignedBySdk (url: string, keyPair: KeyPair, { method = 'GET', query = {}, headers = {} }: {
  method?: string
  query?: Record<string, string>
  headers?: Record<string, string>
} = {}): Promise<{ url: string, headers: Record<string, string> }> {
  const [, origin = '', host = '', path = ''] = /^(https?:\/\/([^/]+))(\/.*)$/s.exec(url) ?? []
  const [hostname = '', port = '80'] = host.split(':')
  const signer = new SignatureV4({
    service: 's3', region: 'us-east-1', credentials: keyPair, sha256: Sha256, uriEscapePath: false, applyChecksum: false
  })
  const signed = await signer.presign(
    {
      method,
      protocol: 'http:',
      hostname,
      port: Number(port),
      path,
      query,
      headers: { host, ...headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
    },
    { expiresIn: EXPIRES_S }
  )
  const search = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`
  ).join('&')
  return { url: `${origin}${path}?${search}`, headers }
}
