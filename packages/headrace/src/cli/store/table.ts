/** A column with its title; figures stand right. */
export type Column = string | { readonly right: string }

export function right(title: string): Column {
  return { right: title }
}

const gap = '  '

/** Lines of a table, columns aligned. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const titles = columns.map((column) => (typeof column === 'string' ? column : column.right))
  const lines = [titles, ...rows.map((row) => row.map(onOneLine))]
  const widths = titles.map((_, index) => Math.max(...lines.map((line) => (line[index] ?? '').length)))
  return lines
    .map((line) =>
      columns
        .map((column, index) => {
          const cell = line[index] ?? ''
          const width = widths[index] as number
          return typeof column === 'string' ? cell.padEnd(width) : cell.padStart(width)
        })
        .join(gap)
        .trimEnd(),
    )
    .join('\n')
}

/** What something is, line by line: names to the left, all as wide as the widest. */
export function facts(pairs: readonly (readonly [name: string, value: string] | undefined)[]): string {
  const present = pairs.filter((pair) => pair !== undefined)
  const width = Math.max(...present.map(([name]) => name.length))
  return present.map(([name, value]) => `${name.padEnd(width)}${gap}${onOneLine(value)}`.trimEnd()).join('\n')
}

export function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ')
}

function onOneLine(cell: string): string {
  return cell.replaceAll('\n', '\\n')
}
