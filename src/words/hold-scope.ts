/** What a standing hold concerns: the mail of an account, with a tag, to a destination, or all of it. */
export const holdScopes = ['account', 'tag', 'destination', 'all'] as const
export type HoldScope = (typeof holdScopes)[number]
