/** Who wants to know how the replay of one reader goes. */
export interface ReplayWatch {
  /** So many more frames of the log were handed over. */
  replayed(frames: number): void
  /** All of them were, and live begins. */
  live(recovered: boolean): void
}
