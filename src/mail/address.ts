import { destinationOf } from '../words/destination.ts'

/** The part before the domain, with its `@`; empty when there is none. */
export const localPartOf = (address: string): string =>
  address.slice(0, address.lastIndexOf('@') + 1)

/**
 * How addresses are compared when somebody looks for one: the domain as a destination, the rest case-blind in ASCII,
 * as the store compares them too.
 */
export const addressKey = (address: string, destination = destinationOf(address)): string =>
  localPartOf(address).replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) + destination
