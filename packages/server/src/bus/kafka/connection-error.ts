export type ConnectionErrorCode =
  /** A file cannot be read, or holds something else. */
  | 'unusable_file'
  /** No bearer token was granted. */
  | 'no_token'

/** Brokers cannot be spoken to as the operator wants it. The message names the variable to look at, and repeats nothing of what it names. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  readonly code: ConnectionErrorCode
  readonly variable: string

  /** @param what goes on after the variable's name. */
  constructor(code: ConnectionErrorCode, variable: string, what: string) {
    super(`${variable} ${what}`)
    this.code = code
    this.variable = variable
  }

  /** @param error what reading the file that `variable` names failed with. */
  static unreadable(variable: string, error: unknown): ConnectionError {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    return new ConnectionError('unusable_file', variable, `names a file that cannot be read${code}`)
  }
}
