interface Pressed {
  readonly key: string
  readonly shiftKey: boolean
  readonly altKey: boolean
  readonly isComposing: boolean
  /** 229 while an input method handles the key; Safari reports only this for the Enter that ends a composition. */
  readonly keyCode: number
}

/** Whether a key sends what was written. On touch keyboards, which have no Shift+Enter, Enter breaks the line. */
export function sends(pressed: Pressed, coarsePointer: boolean): boolean {
  if (pressed.isComposing || pressed.keyCode === 229) return false
  return pressed.key === 'Enter' && !pressed.shiftKey && !pressed.altKey && !coarsePointer
}
