/** The namespace of S3's documents. */
export const s3Namespace = 'http://s3.amazonaws.com/doc/2006-03-01/'

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** A document whose root has the namespace of S3. `content` is XML. */
export function xmlDocument(root: string, content: string): string {
  return `${declaration}<${root} xmlns="${s3Namespace}">${content}</${root}>`
}

/** A document without namespace: errors have none. */
export function plainXmlDocument(root: string, content: string): string {
  return `${declaration}<${root}>${content}</${root}>`
}

/** An element with text, or nothing when there is no value. */
export function tag(name: string, value: string | number | boolean | undefined): string {
  return value === undefined ? '' : `<${name}>${typeof value === 'string' ? escapeXml(value) : value}</${name}>`
}

const special = /[&<>"\r\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]/

/**
 * Escapes text. Control characters, which keys may hold and XML 1.0 cannot, are written as references, as AWS does:
 * strict readers refuse these, and should list with `encoding-type=url`.
 */
export function escapeXml(text: string): string {
  if (!special.test(text)) return text
  let escaped = ''
  for (const character of text) {
    if (!special.test(character)) escaped += character
    else escaped += names[character] ?? `&#x${(character.codePointAt(0) as number).toString(16)};`
  }
  return escaped
}

const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
