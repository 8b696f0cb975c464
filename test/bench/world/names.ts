/** Names and addresses of the world outside: numbered domains, each with an MX host of its own, on loopback. */
import {
  addressData,
  mxData,
  responseCodes,
  type Question,
  type ResourceRecord,
  type Response,
} from '../../kit/dns-message.ts'

/**
 * What DNS says of a domain: the address of its only MX host, a failure, or nothing at all. null: there is no such domain.
 */
export type Zone = (domain: string) => { address: string } | 'servfail' | 'silence' | null

/** The address with this number in 127.<net>.0.0/16. */
export const loopbackAddress = (net: number, number: number): string =>
  `127.${net}.${1 + Math.floor(number / 250)}.${1 + (number % 250)}`

export const loopbackAddresses = (net: number, count: number): string[] =>
  Array.from({ length: count }, (_, number) => loopbackAddress(net, number))

/** The number in a name such as `d17.many.example` or `dest-17.example`; NaN where it has none. */
export const numberIn = (domain: string): number => Number(/^[a-z]+-?(\d+)\./.exec(domain)?.[1])

/** What is below a name's first label. */
export const parentOf = (domain: string): string => domain.slice(domain.indexOf('.') + 1)

const hostPrefix = 'mx.'
const ttl = 300

/** Each domain's only MX host is `mx.<domain>`. null: the question gets no answer. */
export function answerFrom(zone: Zone, question: Question): Response | null {
  const { name, type } = question
  const isHost = name.startsWith(hostPrefix)
  const said = zone(isHost ? name.slice(hostPrefix.length) : name)
  const answer = (code: number, records: readonly ResourceRecord[] = []): Response => ({
    code,
    truncated: false,
    records,
  })
  if (said === 'silence') return null
  if (said === null) return answer(responseCodes.nxdomain)
  if (said === 'servfail') return answer(responseCodes.servfail)
  if (isHost && type === 'A') {
    return answer(0, [{ name, type, ttl, data: addressData(said.address) }])
  }
  if (!isHost && type === 'MX') {
    return answer(0, [{ name, type, ttl, data: mxData(10, hostPrefix + name) }])
  }
  return answer(0)
}

/** Where the one host stands that works, beside those that don't. */
export const healthyAddress = '127.9.1.1'
