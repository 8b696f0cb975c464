import { isLoopbackHost, parseListenAddress } from './listen-address.ts'
import { parseRoute } from '../words/route.ts'
import type { Settings } from './settings.ts'

/**
 * Whether this is a relay to practise with: its mail is swallowed, and nobody outside of the machine reaches it. Only then
 * does a first start make a login without a limit and a key that may do everything, and only then can these be used.
 */
export function isPractice({ delivery, submission, api }: Settings): boolean {
  const addresses = [...submission.listen, ...submission.listenTls, ...api.listen]
  return (
    parseRoute(delivery.route)?.kind === 'sandbox' &&
    addresses.every((text) => isLoopbackHost(parseListenAddress(text)?.address ?? ''))
  )
}
