/** What can be done to the recipients that a filter matches. */
export const actions = ['retry', 'hold', 'release', 'purge', 'reopen'] as const
export type Action = (typeof actions)[number]

/** What an operation does: an action, or the putting or lifting of a standing hold. */
export type OperationKind = Action | 'put_hold' | 'lift_hold'

/** `stopped`: somebody ended it before its last slice; `failed`: a bug did. What was done until then stays done. */
export const operationStates = ['running', 'done', 'stopped', 'failed'] as const
export type OperationState = (typeof operationStates)[number]
