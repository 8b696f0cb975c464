import { domainToASCII } from 'node:url'

/**
 * A recipient's destination: its domain, the part after the last `@`, in lower case, as A-labels (RFC 5890 §2.3.2.1). A
 * domain that has no A-label form comes back lower-cased as it is, and fails at DNS like any other name that doesn't exist.
 */
export function destinationOf(address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase()
  if (/^[a-z0-9.-]*$/.test(domain)) return domain
  return domainToASCII(domain) || domain
}
