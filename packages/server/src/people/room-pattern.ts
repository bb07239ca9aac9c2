import type { RoomId } from '@whisperrooms/protocol'

const PATTERN = /^[A-Za-z0-9_*-]{1,64}$/

/** Whether it names rooms: the name of one, in which `*` stands for anything. */
export const isRoomPattern = (text: string): boolean => PATTERN.test(text)

export const fitsRoom = (pattern: string, room: RoomId): boolean => fits(pattern.split('*'), room)

/** Whether `text` is the parts in their order, with anything between them. */
function fits([first = '', ...others]: readonly string[], text: string): boolean {
  const last = others.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false
  let at = first.length
  for (const part of others) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= text.length - last.length
}
