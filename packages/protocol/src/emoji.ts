/** The longest emoji there may be. Not among `LIMITS`, which clients carry: they leave judging to the server. */
export const EMOJI_CHARS = 32

/**
 * @returns whether `text` is one emoji, as reactions are: one that Unicode recommends (RGI), with a skin if it may have one, or two to four
 *   of them joined into one picture, whether Unicode recommends that or not; at most 32 UTF-16 units.
 *
 * Joined ones are not looked up: with them in it the expression takes tens of milliseconds to compile, which is a stall for everybody,
 * and those of a newer Unicode would be refused.
 */
export function isEmoji(text: string): boolean {
  // Here, and not beside the function: it is compiled when the first is judged.
  const one =
    /^(?:\p{Basic_Emoji}|\p{Emoji_Modifier_Base}\p{Emoji_Modifier}|\p{Emoji_Keycap_Sequence}|\p{RGI_Emoji_Flag_Sequence}|\p{RGI_Emoji_Tag_Sequence})$/v
  const joined =
    /^(?:\p{Emoji_Modifier_Base}\p{Emoji_Modifier}|\p{Extended_Pictographic}\ufe0f?)(?:\u200d(?:\p{Emoji_Modifier_Base}\p{Emoji_Modifier}|\p{Extended_Pictographic}\ufe0f?)){1,3}$/v
  return text.length <= EMOJI_CHARS && (one.test(text) || joined.test(text))
}
