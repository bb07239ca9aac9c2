export type { Brand } from './brand.ts'
export type {
  ClientFrame,
  ClientFrameOf,
  ClientFrameType,
  History,
  JoinFrame,
  SendFrame,
  SetFrame,
} from './client-frames.ts'
export * from './close-codes.ts'
export { EMOJI_CHARS, isEmoji } from './emoji.ts'
export * from './errors.ts'
export * from './ids.ts'
export * from './limits.ts'
export * from './meta.ts'
export * from './record.ts'
export * from './server-frames.ts'
export * from './text.ts'
