import type { Status } from '../../words/status.ts'

/** What the column `state` holds. The open statuses of the outside are told apart by due time, holds and flight. */
export const openState = 0
export const settledStates = {
  delivered: 1,
  bounced: 2,
  expired: 3,
  cancelled: 4,
  suppressed: 5,
} as const

export type Settled = keyof typeof settledStates

export const settledNames = Object.keys(settledStates) as Settled[]

export const isSettled = (status: Status): status is Settled => status in settledStates
