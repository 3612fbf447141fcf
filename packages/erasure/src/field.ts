// Arithmetic in GF(2^8) with the polynomial x^8 + x^4 + x^3 + x^2 + 1 (0x11d), in which 2 generates every non-zero element.
// Addition is XOR. The field and its generator are those of Ceph's isa plugin (ISA-L).

const polynomial = 0x11d
const order = 255

const powers = new Uint8Array(2 * order) // twice as long, so that a sum of two logarithms needs no modulo
const logarithms = new Uint8Array(256)
for (let exponent = 0, value = 1; exponent < order; exponent += 1) {
  powers[exponent] = value
  powers[exponent + order] = value
  logarithms[value] = exponent
  value = value & 0x80 ? (value << 1) ^ polynomial : value << 1
}

/** a · b. */
export function multiply(a: number, b: number): number {
  if (a === 0 || b === 0) return 0
  return powers[logarithms[a]! + logarithms[b]!]!
}

/** 1 ÷ a; a must not be 0. */
export function inverse(a: number): number {
  return powers[order - logarithms[a]!]!
}

/** 2 to the power of `exponent` (any whole number from 0). */
export function powerOfTwo(exponent: number): number {
  return powers[exponent % order]!
}

/** For each of the 256 coefficients c, 32 bytes: c times the 16 low nibbles, then c times the 16 high nibbles. */
export function nibbleTables(): Uint8Array {
  return Uint8Array.from({ length: 256 * 32 }, (_, at) => {
    const nibble = at & 15
    return multiply(at >> 5, at & 16 ? nibble << 4 : nibble)
  })
}
