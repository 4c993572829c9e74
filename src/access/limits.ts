/**
 * How long an object that has become private may still be treated as public: its bytes sent in a body that has begun,
 * its peers told of each other, links to both written into its torrent. As long may links be missing once it has become
 * public.
 */
export const PUBLIC_MS = 30_000
