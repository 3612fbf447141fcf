const line = /^content-disposition[ \t]*:[ \t]*form-data[ \t]*([^\r\n]*)/im
const parameter = /;[ \t]*([^=;" \t]+)=(?:"((?:[^"\\]|\\.)*)"|([^;" \t]*))[ \t]*/y

/**
 * Reads the Content-Disposition among the headers of a part of a form (RFC 7578, section 4.2).
 * @returns name in lower case and filename without folders, empty for none; undefined when there is no name
 */
export function readDisposition(headers: string): { name: string; filename: string } | undefined {
  const parameters = readParameters(line.exec(headers)?.[1] ?? '')
  const name = parameters.get('name')
  if (name === undefined) return undefined
  const filename = parameters.get('filename') ?? ''
  return { name: name.toLowerCase(), filename: filename.replace(/^.*[/\\]/s, '') }
}

/** One parameter after the other, so that what looks like one inside of a quoted value is not taken for it. */
function readParameters(text: string): Map<string, string> {
  const parameters = new Map<string, string>()
  parameter.lastIndex = 0
  for (let match = parameter.exec(text); match !== null; match = parameter.exec(text)) {
    const [, name = '', quoted, plain = ''] = match
    const key = name.toLowerCase()
    if (!parameters.has(key)) parameters.set(key, quoted === undefined ? plain : unescapeQuoted(quoted))
  }
  return parameters
}

/**
 * Browsers write a quote as `%22`, curl as `\"`. A backslash before anything else is one: old browsers send whole paths
 * of Windows.
 */
function unescapeQuoted(text: string): string {
  return text.replace(/\\(["\\])/g, '$1').replaceAll('%22', '"')
}
