/**
 * mail is in charge of the words of the trade: addresses, replies, envelopes. It imports nothing of ours.
 */
import { domainToASCII } from 'node:url'

/** The part after the last `@`, as written; empty when there is none. */
const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1)

/**
 * A recipient's destination: its domain in lower case, as A-labels (RFC 5890 §2.3.2.1). A domain that has
 * no A-label form comes back lower-cased as it is, and fails at DNS like any other name that doesn't exist.
 */
export function destinationOf(address: string): string {
  const domain = domainOf(address).toLowerCase()
  if (/^[a-z0-9.-]*$/.test(domain)) return domain
  return domainToASCII(domain) || domain
}

/** The part before the domain, with its `@`; empty when there is none. */
export const localPartOf = (address: string): string =>
  address.slice(0, address.lastIndexOf('@') + 1)

/**
 * How addresses are compared when somebody looks for one: the domain as a destination, the rest case-blind in ASCII,
 * as the store compares them too.
 */
export const addressKey = (address: string): string =>
  localPartOf(address).replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) +
  destinationOf(address)
