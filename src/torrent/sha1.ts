/** Bytes of a SHA-1 digest: of each piece, and of an info hash (BEP 3). */
export const DIGEST_BYTES = 20

/** Hexadecimal digits of a SHA-1 digest. */
export const DIGEST_DIGITS = 40
