import { hash } from '../rooms/hash.ts'

export const HUES = 12

/** A colour that an id keeps for ever and on every screen: an index into `hues.css`. */
export function hueOf(id: string): number {
  return hash(id) % HUES
}
