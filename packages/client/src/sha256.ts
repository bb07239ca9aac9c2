/** The fractional parts of the roots of the first primes: square roots start the state, cube roots season the rounds. */
function constants(): { readonly state: Int32Array; readonly seasoning: Int32Array } {
  const state = new Int32Array(8)
  const seasoning = new Int32Array(64)
  for (let n = 2, count = 0; count < 64; n++) {
    let divisor = 2
    while (n % divisor !== 0) divisor++
    if (divisor < n) continue
    if (count < 8) state[count] = (Math.sqrt(n) % 1) * 2 ** 32
    seasoning[count++] = (Math.cbrt(n) % 1) * 2 ** 32
  }
  return { state, seasoning }
}

/**
 * SHA-256 (FIPS 180-4) of ASCII. Here because browsers hide `crypto.subtle` from pages that came over plain HTTP, and a room on a
 * local network must have an owner, too.
 */
export function sha256(ascii: string): Uint8Array {
  const { state, seasoning } = constants()
  const { length } = ascii
  // The text, a one bit, zeros, and the length in bits, in blocks of 16 big-endian words.
  const message = new Int32Array((((length + 8) >> 6) + 1) * 16)
  const at = (words: Int32Array, i: number) => words[i] ?? 0
  const shift = (i: number) => 24 - (i & 3) * 8
  for (let i = 0; i <= length; i++) {
    message[i >> 2] = at(message, i >> 2) | ((i < length ? ascii.charCodeAt(i) : 128) << shift(i))
  }
  message[message.length - 1] = length * 8

  const turned = (x: number, ...by: number[]) => by.reduce((sum, n) => sum ^ ((x >>> n) | (x << (32 - n))), 0)
  for (let block = 0; block < message.length; block += 16) {
    const words = new Int32Array(64)
    let mixed = [...state]
    for (let i = 0; i < 64; i++) {
      const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = mixed
      const near = at(words, i - 2)
      const far = at(words, i - 15)
      words[i] =
        i < 16
          ? at(message, block + i)
          : at(words, i - 16) +
            (turned(far, 7, 18) ^ (far >>> 3)) +
            at(words, i - 7) +
            (turned(near, 17, 19) ^ (near >>> 10))
      const first = h + turned(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + at(seasoning, i) + at(words, i)
      const second = turned(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c))
      mixed = [(first + second) | 0, a, b, c, (d + first) | 0, e, f, g]
    }
    for (const [i, value] of mixed.entries()) state[i] = at(state, i) + value
  }
  return Uint8Array.from({ length: 32 }, (_, i) => at(state, i >> 2) >> shift(i))
}
