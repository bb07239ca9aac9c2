/** What delivering comes to, at one gateway: plain numbers, added to once per write and read when somebody asks. */
export interface DeliveryMeter {
  /** Writes of a room's log to one socket. */
  writes: number
  /** Bytes in them. */
  bytes: number
  /** Frames in them. */
  frames: number
  /** Gaps that were told. */
  gaps: number
  /** How many sockets have not read all they were handed, now. */
  lagging: number
}

export const deliveryMeter = (): DeliveryMeter => ({ writes: 0, bytes: 0, frames: 0, gaps: 0, lagging: 0 })
