/** What the operator can do, for counting. */
export const OPERATOR_ACTIONS = [
  'close',
  'burn',
  'lock',
  'unlock',
  'block',
  'unblock',
  'read_only_on',
  'read_only_off',
] as const

export type OperatorAction = (typeof OPERATOR_ACTIONS)[number]
