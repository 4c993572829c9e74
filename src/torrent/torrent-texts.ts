import { isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import type { BencodedValue } from './bencode/value.js'

/** Windows' code pages of old clients' users, by WHATWG's names. */
const CODE_PAGES: Readonly<Record<number, string>> = {
  866: 'ibm866',
  874: 'windows-874',
  932: 'shift_jis',
  936: 'gbk',
  949: 'euc-kr',
  950: 'big5',
  20866: 'koi8-r',
  21866: 'koi8-u',
  51932: 'euc-jp',
  51949: 'euc-kr',
  54936: 'gb18030'
}

/**
 * How one metainfo file writes its texts: in UTF-8, which was not agreed on for years; else as its `encoding` says, or
 * the `codepage` that BitComet wrote. Where both were written, `name.utf-8` stands beside `name`.
 */
export class TorrentTexts {
  readonly #decoder: TextDecoder | undefined

  constructor (root: BencodedValue) {
    const encoding = root.get('encoding')?.text
    this.#decoder = decoderOf(encoding) ?? decoderOf(/^cp-?(\d+)$/i.exec(encoding ?? '')?.[1]) ?? decoderOf(
      root.get('codepage')?.integer
    )
  }

  /** The text under a key of a dictionary; undefined where there is none. */
  at (dictionary: BencodedValue, key: string): string | undefined {
    return this.of(dictionary.get(`${key}.utf-8`)) ?? this.of(dictionary.get(key))
  }

  /** The components of a file's path; undefined where there is none. */
  path (file: BencodedValue): string[] | undefined {
    for (const key of ['path.utf-8', 'path']) {
      const path = file.get(key)
      if (path?.isList === true) return [...path.items()].map((part) => this.of(part) ?? '')
      const only = this.of(path)
      if (only !== undefined) return [only]
    }
    return undefined
  }

  /** Undefined for what is no byte string. */
  of (value: BencodedValue | undefined): string | undefined {
    const bytes = value?.byteString
    return bytes === undefined || this.#decoder === undefined || isUtf8(bytes)
      ? value?.text
      : this.#decoder.decode(bytes)
  }
}

function decoderOf (label: string | number | undefined): TextDecoder | undefined {
  const page = Number(label)
  const name = CODE_PAGES[page] ?? (page >= 1250 && page <= 1258 ? `windows-${page}` : label)
  if (typeof name !== 'string') return undefined
  try {
    return new TextDecoder(name.trim(), { ignoreBOM: true })
  } catch {
    return undefined // nothing that is known
  }
}
