import { parseProfile } from './arguments.ts'
import type { Command } from './command.ts'

export const showMatrix: Command = {
  parameters: ['PROFILE'],
  help: 'print the coding matrix: one row for each coding chunk, one coefficient for each data chunk, in hexadecimal',
  async run([profile = '']) {
    const { k, m, technique, encoding } = parseProfile(profile)
    const rows = Array.from({ length: m }, (_, row) => [...encoding.coefficients.subarray(row * k, (row + 1) * k)])
    const hexadecimal = (value: number) => value.toString(16).padStart(2, '0')
    return {
      facts: { command: 'matrix', k, m, technique, rows },
      lines: rows.map((row) => row.map(hexadecimal).join(' ')),
      isGood: true,
    }
  },
}
