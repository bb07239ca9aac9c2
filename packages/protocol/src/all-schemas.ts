// For documents and tests. Gateways load `./schemas.ts` alone: what they do not use would make their start longer.

export { CLIENT_SCHEMAS } from './client-frames.ts'
export * from './http-answers.ts'
export * from './http-schemas.ts'
export * from './record-schemas.ts'
export * from './server-schemas.ts'
