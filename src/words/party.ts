/** Who sets a hold. Each party lifts only its own kind. */
export type Party = 'customer' | 'operator' | 'abuse' | 'restore'
