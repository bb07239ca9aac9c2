import type { RoomKey } from '@whisperrooms/protocol'
import type { BusSubscriber, GatewayId } from '../bus/bus.ts'

type Attend = BusSubscriber['attendance']

interface Place {
  readonly gateway: GatewayId
  readonly room: RoomKey
}

/**
 * In which rooms of a hosted shard somebody is at another gateway. What is known of it outlives a change of epoch, in which the shard is
 * read anew: those who are still there have not left meanwhile.
 */
export class Attended {
  readonly #attend: Attend
  readonly #places = new Map<string, Place>()
  /** Known from before the shard was taken up, and not told since. */
  readonly #untold = new Set<string>()

  constructor(attend: Attend) {
    this.#attend = attend
  }

  [Symbol.iterator](): Iterator<Place> {
    return this.#places.values()
  }

  readonly tell: Attend = (gateway, room, attendance) => {
    const id = idOf({ gateway, room })
    this.#untold.delete(id)
    if (attendance === undefined) this.#places.delete(id)
    else this.#places.set(id, { gateway, room })
    this.#attend(gateway, room, attendance)
  }

  /** Takes over what was known before the shard was taken up. */
  carryOver(place: Place): void {
    const id = idOf(place)
    if (this.#places.has(id)) return
    this.#places.set(id, place)
    this.#untold.add(id)
  }

  /** Whether somebody was taken over of whom nothing has been told since. */
  get isUnsettled(): boolean {
    return this.#untold.size > 0
  }

  /** Everything has been told: whatever was taken over and is not among it is over. */
  settle(): void {
    for (const id of this.#untold) {
      const place = this.#places.get(id)
      if (place !== undefined) this.tell(place.gateway, place.room, undefined)
    }
    this.#untold.clear()
  }

  /** The shard is not kept any more: nobody tells who is in it. */
  forget(): void {
    for (const { gateway, room } of this.#places.values()) this.tell(gateway, room, undefined)
  }
}

const idOf = ({ gateway, room }: Place): string => `${gateway} ${room}`
