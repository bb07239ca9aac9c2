/**
 * KafkaJS, which is installed only where it is wanted.
 *
 * @throws Error that says how to install it, when this module is imported without it.
 */
export const { default: kafkajs } = await import('kafkajs').catch((cause: unknown) => {
  const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND'
  throw isMissing ? new Error('KafkaJS is not installed. This installs it: npm install kafkajs', { cause }) : cause
})
