/** By section, then by option in lower case. Lines of one value are joined by line feeds. */
export type IniSections = ReadonlyMap<string, ReadonlyMap<string, string>>

/** What is no INI file; `message` says where and why, without quoting it. */
export class IniError extends Error {
  override name = 'IniError'
}

const DEFAULTS = 'DEFAULT'
const SECTION = /^\[(.+)\]/
const OPTION = /^([^]*?)\s*[=:]\s*([^]*)$/

/**
 * An INI file as Python's configparser.RawConfigParser reads it, which aws-cli reads its files with: `=` and `:` alike,
 * comments on lines of their own alone, indented lines go on with the value above, options of [DEFAULT] are in every
 * section, and nothing is there twice. A byte order mark, which Python refuses, is passed over.
 * @throws IniError
 */
export function readIni (text: string): IniSections {
  const reader = new IniReader()
  text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/).forEach((line, i) => reader.take(line, i + 1))
  return reader.sections()
}

class IniReader {
  readonly #defaults = new Map<string, string[]>()
  readonly #sections = new Map<string, Map<string, string[]>>()
  readonly #seen = new Set<string>()
  #name = ''
  #section: Map<string, string[]> | undefined
  #value: string[] | undefined
  #indent = 0

  take (line: string, number: number): void {
    const text = line.trim()
    if (text.startsWith('#') || text.startsWith(';')) return
    if (text === '') {
      this.#value?.push('')
      return
    }
    const indent = line.search(/\S/)
    if (this.#value !== undefined && indent > this.#indent) {
      this.#value.push(text)
      return
    }
    this.#indent = indent
    const [, section] = SECTION.exec(text) ?? []
    if (section !== undefined) this.#begin(section, number)
    else this.#set(text, number)
  }

  sections (): IniSections {
    return new Map([...this.#sections].map(([name, options]) => [
      name, new Map([...this.#defaults, ...options].map(([option, lines]) => [option, lines.join('\n').trimEnd()]))
    ]))
  }

  #begin (name: string, number: number): void {
    if (this.#sections.has(name)) throw new IniError(`line ${number}: a section that is there already`)
    this.#section = name === DEFAULTS ? this.#defaults : new Map()
    if (name !== DEFAULTS) this.#sections.set(name, this.#section)
    this.#name = name
    this.#value = undefined
  }

  #set (text: string, number: number): void {
    if (this.#section === undefined) throw new IniError(`line ${number}: there is no [section] above it`)
    const [, name = '', value = ''] = OPTION.exec(text) ?? []
    if (name === '') throw new IniError(`line ${number}: neither [section] nor option = value`)
    const option = name.toLowerCase()
    const id = JSON.stringify([this.#name, option])
    if (this.#seen.has(id)) throw new IniError(`line ${number}: an option that is there already`)
    this.#seen.add(id)
    this.#value = [value]
    this.#section.set(option, this.#value)
  }
}
