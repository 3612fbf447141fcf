import { S3Error } from '../errors/s3-error.ts'
import { limits } from '../limits.ts'

/** One element: its text, if it has no children, and its children by local name in document order. */
export interface XmlElement {
  /** Without namespace prefix. */
  readonly name: string
  readonly text: string
  readonly children: readonly XmlElement[]
}

/**
 * Reads the XML documents of S3 requests, and nothing more of XML: elements, text, CDATA, comments and the declaration.
 * Document types, and with them entities, are refused; depth, elements and bytes are limited. Attributes are passed
 * over, since no S3 document depends on one but `xsi:type` of ACL grantees.
 * @throws S3Error MalformedXML with what is wrong and where
 */
export function parseXml(document: Uint8Array): XmlElement {
  if (document.length > limits.documentBytesMax) throw new S3Error('MaxMessageLengthExceeded')
  return new XmlReader(decodeUtf8(document)).read()
}

function decodeUtf8(document: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(document)
  } catch {
    throw new S3Error('MalformedXML', 'The XML document is not valid UTF-8.')
  }
}

const whitespace = /^[ \t\r\n]*$/
const startTag =
  /([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)((?:[ \t\r\n]+[^\s=<>/"']+[ \t\r\n]*=[ \t\r\n]*(?:"[^"<]*"|'[^'<]*'))*)[ \t\r\n]*(\/?)>/y
const endTag = /([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)[ \t\r\n]*>/y

interface OpenElement {
  readonly tag: string
  readonly children: XmlElement[]
  text: string
}

class XmlReader {
  readonly #source: string
  readonly #open: OpenElement[] = []
  #at = 0
  #elements = 0
  #root: XmlElement | undefined

  constructor(source: string) {
    this.#source = source
  }

  read(): XmlElement {
    while (this.#at < this.#source.length) {
      const mark = this.#source.indexOf('<', this.#at)
      this.#takeText(this.#source.slice(this.#at, mark < 0 ? undefined : mark))
      if (mark < 0) break
      this.#at = mark + 1
      this.#takeMarkup()
    }
    if (this.#root === undefined || this.#open.length > 0) throw this.#malformed('the document is not complete')
    return this.#root
  }

  #takeText(raw: string): void {
    if (raw === '') return
    const element = this.#open.at(-1)
    if (element !== undefined) element.text += this.#unescape(raw)
    else if (!whitespace.test(raw)) throw this.#malformed('text stands outside of the root element')
  }

  #takeMarkup(): void {
    if (this.#skip('?', '?>') || this.#skip('!--', '-->')) return
    if (this.#source.startsWith('![CDATA[', this.#at)) this.#takeCdata()
    else if (this.#source[this.#at] === '!') throw this.#malformed('document types are not allowed')
    else if (this.#source[this.#at] === '/') this.#takeEndTag()
    else this.#takeStartTag()
  }

  /** Skips a construct that begins with `begin` here and goes to `end`. */
  #skip(begin: string, end: string): boolean {
    if (!this.#source.startsWith(begin, this.#at)) return false
    const found = this.#source.indexOf(end, this.#at + begin.length)
    if (found < 0) throw this.#malformed(`"<${begin}" is never closed`)
    this.#at = found + end.length
    return true
  }

  #takeCdata(): void {
    const element = this.#open.at(-1)
    const begin = this.#at + '![CDATA['.length
    const end = this.#source.indexOf(']]>', begin)
    if (element === undefined || end < 0) throw this.#malformed('a CDATA section is not closed, or outside of the root')
    element.text += this.#source.slice(begin, end)
    this.#at = end + ']]>'.length
  }

  #takeStartTag(): void {
    startTag.lastIndex = this.#at
    const match = startTag.exec(this.#source)
    if (match === null) throw this.#malformed('a tag is not well-formed')
    if (this.#root !== undefined) throw this.#malformed('there is more than one root element')
    this.#elements += 1
    if (this.#elements > limits.xmlElementsMax) throw this.#malformed('there are too many elements')
    if (this.#open.length >= limits.xmlDepthMax) throw this.#malformed('elements are nested too deep')
    this.#at = startTag.lastIndex
    this.#open.push({ tag: match[1] as string, children: [], text: '' })
    if (match[3] === '/') this.#close()
  }

  #takeEndTag(): void {
    endTag.lastIndex = this.#at + 1
    const match = endTag.exec(this.#source)
    const tag = this.#open.at(-1)?.tag
    if (match === null || match[1] !== tag) throw this.#malformed(`expected the end of <${tag ?? 'nothing'}>`)
    this.#at = endTag.lastIndex
    this.#close()
  }

  #close(): void {
    const { tag, children, text } = this.#open.pop() as OpenElement
    if (children.length > 0 && !whitespace.test(text)) throw this.#malformed(`<${tag}> has both text and elements`)
    const element: XmlElement = {
      name: tag.slice(tag.indexOf(':') + 1),
      text: children.length > 0 ? '' : text,
      children,
    }
    const parent = this.#open.at(-1)
    if (parent === undefined) this.#root = element
    else parent.children.push(element)
  }

  #unescape(raw: string): string {
    // XML 1.0, section 2.11: line ends are read as a single line feed.
    const text = raw.includes('\r') ? raw.replaceAll('\r\n', '\n').replaceAll('\r', '\n') : raw
    let mark = text.indexOf('&')
    if (mark < 0) return text
    let unescaped = ''
    let at = 0
    for (; mark >= 0; mark = text.indexOf('&', at)) {
      // The longest reference that there is has eight characters behind its `&`: &#1114111;
      const end = text.slice(mark + 1, mark + 10).indexOf(';')
      unescaped += text.slice(at, mark) + this.#character(end < 0 ? '' : text.slice(mark + 1, mark + 1 + end))
      at = mark + end + 2
    }
    return unescaped + text.slice(at)
  }

  /** @param name what stands between `&` and `;` */
  #character(name: string): string {
    const known = entities.get(name)
    if (known !== undefined) return known
    const [, hexadecimal, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name) ?? []
    const point = hexadecimal !== undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal ?? Number.NaN)
    // Keys may hold control characters, which XML 1.0 has no way to write: references to them are taken all the same.
    if (!(point > 0 && point <= 0x10ffff) || (point >= 0xd800 && point <= 0xdfff)) {
      throw this.#malformed(`"&${name}" is not a reference to a character`)
    }
    return String.fromCodePoint(point)
  }

  #malformed(what: string): S3Error {
    const line = this.#source.slice(0, this.#at).split('\n').length
    return new S3Error('MalformedXML', `The XML document cannot be read: ${what} (line ${line}).`)
  }
}

const entities: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])

/** The first child of that name. */
export function child(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((candidate) => candidate.name === name)
}

/** Text of the first child of that name, blanks around it taken off. */
export function childText(element: XmlElement, name: string): string | undefined {
  return child(element, name)?.text.trim()
}

/** All children of that name, in order. */
export function childrenNamed(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((candidate) => candidate.name === name)
}
