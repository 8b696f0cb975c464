/** Who sets a hold. Each party lifts only its own kind. */
export const parties = ['customer', 'operator', 'abuse', 'restore'] as const

export type Party = (typeof parties)[number]
