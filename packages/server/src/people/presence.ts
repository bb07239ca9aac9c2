import type { Member, MemberId, PresenceFrame, RoomKey } from '@whisperrooms/protocol'
import type { Attendance, GatewayId } from '../bus/bus.ts'
import type { Standing } from '../rooms/standings.ts'

/** Whoever is in a room: with sockets, or within the grace after losing the last. */
export interface PresentMembers {
  /** At most 200, in order of arrival. */
  readonly members: readonly Member[]
  readonly count: number
}

/**
 * Who is here.
 *
 * Guarantees to its users:
 * - A member is the set of its sockets: several are one person, and only the last one's end starts the grace.
 * - Members who come back within the grace never left.
 * - At several gateways it is still one: by the name it took last, wherever that was.
 * - What changed is announced once, together with what changed shortly before and after it; above 200 members in numbers, when they are off by
 *   1 % or have settled.
 */
export interface Presence {
  enter(room: RoomKey, member: Member): void
  rename(room: RoomKey, member: MemberId, name: string): void
  /** What a member may do has changed, or may have. */
  stand(room: RoomKey, member: MemberId, standing: Standing): void
  /** A socket ended. `atOnce`: its member asked to leave, so there is no grace. */
  leave(room: RoomKey, member: MemberId, atOnce: boolean): void
  /** Another gateway says who is at it; `undefined`: nobody any more. */
  attend(gateway: GatewayId, room: RoomKey, attendance: Attendance | undefined): void
  of(room: RoomKey): PresentMembers
  countOf(room: RoomKey): number
  /** The name a member goes by; `undefined` when they are not here. */
  nameOf(room: RoomKey, member: MemberId): string | undefined
}

/** Where changes are announced. */
export type Announce = (room: RoomKey, frame: PresenceFrame) => void
