import { destinationOf } from '../words/destination.ts'
import { isAscii } from './path.ts'

/** The part before the domain, with its `@`; empty when there is none. */
export const localPartOf = (address: string): string =>
  address.slice(0, address.lastIndexOf('@') + 1)

/**
 * How addresses are compared when somebody looks for one: the domain as a destination, the rest case-blind in ASCII,
 * as the store compares them too.
 */
export const addressKey = (address: string, destination = destinationOf(address)): string =>
  localPartOf(address).replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) + destination

/**
 * The address in ASCII, an international domain as A-labels (RFC 5890 §2.3.2.1), which say the same; null where the part before
 * it, or a domain that has none, is beyond ASCII.
 */
export function asciiAddress(address: string): string | null {
  if (isAscii(address)) return address
  const converted = localPartOf(address) + destinationOf(address)
  return isAscii(converted) ? converted : null
}
