import { unescaped } from './path-component.js'

const PAD = /^\.pad\/([1-9]\d{0,9})(?:\.[1-9]\d{0,9})?$/

/**
 * Which file of a multi-file torrent a client means by the path that it appends to the url-list's folder (BEP 19):
 * `<name>/<component>/…`, percent-decoded once. Clients leave safe components (path-component.ts) as they are. aria2,
 * Transmission, libtorrent and qBittorrent escape them, so what they ask is the file's path. WebTorrent does not: for a
 * file with `%3A` in its path it asks for one with `:`. A file's own path comes first; what can be two files is none.
 */
export class PathIndex {
  readonly #names: ReadonlySet<string | undefined>
  /** Joined with slashes, below the name. Undefined: of two files. */
  readonly #exact = new Map<string, number | undefined>()
  readonly #unescaped = new Map<string, number | undefined>()
  readonly #isOneFile: boolean

  /** @param paths of the files without pads; their order gives the index */
  constructor (name: string, paths: ReadonlyArray<readonly string[]>) {
    this.#names = new Set([name, unescaped(name)])
    this.#isOneFile = paths.length === 1
    for (const [index, components] of paths.entries()) {
      const path = components.join('/')
      put(this.#exact, path, index)
      const spelled = path.includes('%') ? unescaped(path) : undefined
      if (spelled !== undefined) put(this.#unescaped, spelled, index)
    }
  }

  /** The file's index in `paths`; undefined where it is none, or not one alone. */
  fileAt (decodedPath: string): number | undefined {
    // In a torrent of one file libtorrent appends the name alone, and WebTorrent nothing.
    if (this.#isOneFile && (decodedPath === '' || this.#names.has(decodedPath))) return 0
    const path = this.#below(decodedPath)
    if (path === undefined) return undefined
    return this.#exact.has(path) ? this.#exact.get(path) : this.#unescaped.get(path)
  }

  /**
   * The bytes of the pad (BEP 47) that a client means, which is all zeros: `<name>/.pad/<bytes>`, or `<bytes>.<time>`
   * of one that is there again. The caller knows how long a pad can be. Undefined where it is none.
   */
  padAt (decodedPath: string): number | undefined {
    const [, bytes] = PAD.exec(this.#below(decodedPath) ?? '') ?? []
    return bytes === undefined ? undefined : Number(bytes)
  }

  #below (decodedPath: string): string | undefined {
    for (const name of this.#names) {
      if (name !== undefined && decodedPath.startsWith(`${name}/`)) return decodedPath.slice(name.length + 1)
    }
    return undefined
  }
}

function put (index: Map<string, number | undefined>, path: string, file: number): void {
  index.set(path, index.has(path) ? undefined : file)
}
