/** What can be done to the recipients that a filter matches: of each, what it does to a message and the scope that a key needs. */
const declared = {
  retry: { scope: 'queue:write', summary: 'Try the deferred recipients of a message now' },
  hold: { scope: 'queue:write', summary: 'Keep a message back' },
  release: { scope: 'queue:write', summary: 'Lift your holds on a message' },
  // It can be undone only for a while, so it has a scope of its own
  purge: {
    scope: 'queue:purge',
    summary: 'Purge a message: cancel its open recipients; no bounce message is sent',
  },
  reopen: {
    scope: 'queue:write',
    summary:
      'Open the bounced, expired and cancelled recipients of a message again; they are due now',
  },
} as const satisfies Readonly<Record<string, { scope: string; summary: string }>>

export type Action = keyof typeof declared
export const actionWords = declared
export const actions = Object.keys(declared) as Action[]

/** What an operation does: an action, or the putting or lifting of a standing hold. */
export type OperationKind = Action | 'put_hold' | 'lift_hold'

/** `stopped`: somebody ended it before its last slice; `failed`: a bug did. What was done until then stays done. */
export const operationStates = ['running', 'done', 'stopped', 'failed'] as const
export type OperationState = (typeof operationStates)[number]
