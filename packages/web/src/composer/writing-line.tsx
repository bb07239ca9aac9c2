import type { Member, MemberId } from '@whisperrooms/protocol'
import { words } from '../words.ts'

interface Props {
  readonly typing: readonly MemberId[]
  readonly members: readonly Member[]
}

const NAMED = 2

/** Who is writing now. Always as high, so that nothing moves when somebody begins. */
export function WritingLine({ typing, members }: Props) {
  const known = members.filter(({ id }) => typing.includes(id)).map(({ name }) => name)
  const names = known.slice(0, NAMED)
  const line =
    typing.length === 0
      ? ''
      : names.length === 0
        ? words.composer.someone
        : words.composer.writing(names, typing.length - names.length)
  return <p className="writing-line">{line}</p>
}
