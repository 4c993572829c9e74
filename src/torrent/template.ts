/**
 * What digests are filled into: the SHA-1 of all pieces; the root of a file's tree; the piece layers of all files, so
 * many bytes at most; what these have left of their room.
 */
export type Gap =
  | { readonly gap: 'pieces' | 'layers' | 'rest', readonly bytes: number }
  | { readonly gap: 'root', readonly bytes: number, readonly file: number }

/** Bencoding of which everything is known but what digests say. */
export type Template = ReadonlyArray<Buffer | Gap>

/** Bytes of what it will be. */
export function lengthOf (template: Template): number {
  return template.reduce((sum, part) => sum + (Buffer.isBuffer(part) ? part.length : roomOf(part)), 0)
}

/** All that is known. */
export function knownOf (template: Template): Buffer[] {
  return template.filter((part) => Buffer.isBuffer(part))
}

/** The same with buffers that follow one another as one. */
export function compact (parts: Template): Template {
  const compacted: Array<Buffer | Gap> = []
  let known: Buffer[] = []
  const end = (): void => {
    if (known.length > 0) compacted.push(Buffer.concat(known))
    known = []
  }
  for (const part of parts) {
    if (Buffer.isBuffer(part)) {
      known.push(part)
      continue
    }
    end()
    compacted.push(part)
  }
  end()
  return compacted
}

/** What it is with all gaps filled. */
export function filled (template: Template, fill: (gap: Gap) => Buffer): Buffer {
  return Buffer.concat(template.map((part) => Buffer.isBuffer(part) ? part : fill(part)))
}

// The rest has no room of its own.
const roomOf = ({ gap, bytes }: Gap): number => gap === 'rest' ? 0 : bytes
