export * from './client-frames.ts'
export * from './decode-client-frame.ts'
export * from './http-schemas.ts'
