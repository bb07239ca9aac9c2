import type { Member, MemberId } from '@whisperrooms/protocol'

/** The members whose name somebody else in the room has as well, however it is capitalised. */
export function namesakes(members: readonly Member[]): ReadonlySet<MemberId> {
  const byName = Map.groupBy(members, ({ name }) => name.normalize('NFKC').toLocaleLowerCase())
  return new Set([...byName.values()].filter((same) => same.length > 1).flatMap((same) => same.map(({ id }) => id)))
}
