/** FNV-1a over UTF-16 units, 32 bits: for colours and words that must be the same everywhere, not for secrets. */
export function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  // FNV's low bits mix poorly on short inputs; fold the high ones in.
  return (value ^ (value >>> 15)) >>> 0
}
