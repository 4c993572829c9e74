/** In the order of their UTF-8 bytes, as S3 lists keys; JavaScript's own is by UTF-16. For sort(). */
export function utf8Order (a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b))
}
