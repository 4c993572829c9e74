import { createHash } from 'node:crypto'
import { DIGEST_BYTES, DIGEST_DIGITS } from './sha1.js'

/** The bytes or digits are no info hash. */
export class MalformedInfoHash extends Error {
  override name = 'MalformedInfoHash'
}

const DIGITS = new RegExp(`^[0-9a-f]{${DIGEST_DIGITS}}$`, 'i')

/** The name of a torrent in the swarm: the SHA-1 of its info dictionary (BEP 3), or a SHA-256 cut short (BEP 52). */
export class InfoHash {
  /** In lower case. */
  readonly hex: string

  private constructor (hex: string) {
    this.hex = hex
  }

  /** @throws MalformedInfoHash */
  static ofBytes (bytes: Uint8Array): InfoHash {
    if (bytes.length !== DIGEST_BYTES) {
      throw new MalformedInfoHash(`an info hash has ${DIGEST_BYTES} bytes, not ${bytes.length}`)
    }
    return new InfoHash(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex'))
  }

  /** @throws MalformedInfoHash */
  static ofHex (digits: string): InfoHash {
    if (!DIGITS.test(digits)) throw new MalformedInfoHash(`an info hash has ${DIGEST_DIGITS} hexadecimal digits`)
    return new InfoHash(digits.toLowerCase())
  }

  /** The name of version 2 in the swarm (BEP 52): the first bytes of a SHA-256 in hexadecimal digits. */
  static truncated (sha256: string): InfoHash {
    return InfoHash.ofHex(sha256.slice(0, DIGEST_DIGITS))
  }

  /** Of an info dictionary of version 1, as it is written. */
  static ofInfo (info: Uint8Array): InfoHash {
    return new InfoHash(createHash('sha1').update(info).digest('hex'))
  }

  get bytes (): Buffer {
    return Buffer.from(this.hex, 'hex')
  }

  equals (other: InfoHash): boolean {
    return this.hex === other.hex
  }
}
