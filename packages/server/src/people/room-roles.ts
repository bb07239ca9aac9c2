import type { Role, RoomId } from '@whisperrooms/protocol'
import { fitsRoom, isRoomPattern } from './room-pattern.ts'

/** Names of rooms, in which `*` stands for anything, and who somebody is in them. */
export type RoomRoles = readonly (readonly [pattern: string, role: Role])[]

/** The least first: of two patterns that are equally specific the lesser role counts. */
const ROLES: readonly Role[] = ['reader', 'member', 'owner']

/** @returns `undefined` for what is no object of patterns and roles: no part of it counts then. */
export function readRoomRoles(value: unknown): RoomRoles | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const roles: [string, Role][] = []
  for (const [pattern, role] of Object.entries(value)) {
    if (!isRoomPattern(pattern) || !isRole(role)) return undefined
    roles.push([pattern, role])
  }
  return roles
}

/**
 * The most specific pattern decides: the room's own name, then the longest pattern that fits.
 *
 * @returns `undefined` when none fits: the room is not open.
 */
export function roleIn(roles: RoomRoles, room: RoomId): Role | undefined {
  let best: { readonly weight: number; readonly role: Role } | undefined
  for (const [pattern, role] of roles) {
    if (!fitsRoom(pattern, room)) continue
    const weight = pattern === room ? Number.POSITIVE_INFINITY : pattern.length
    const isBetter = best === undefined || weight > best.weight
    if (isBetter || (weight === best?.weight && ROLES.indexOf(role) < ROLES.indexOf(best.role))) best = { weight, role }
  }
  return best?.role
}

const isRole = (value: unknown): value is Role => ROLES.some((role) => role === value)
