import { isLoopbackHost, parseListenAddress } from './listen-address.ts'
import { parseRoute } from '../words/route.ts'
import type { Settings } from './settings.ts'

/**
 * Whether no mail leaves this machine and nobody outside reaches it: only then a first start makes a login, an API key
 * and a certificate of its own, and only then the account `demo` may log in.
 */
export function isLoopbackSetup(settings: Settings): boolean {
  const route = parseRoute(settings.delivery.route)
  const staysHere =
    route?.kind === 'sandbox' || (route?.kind === 'smarthost' && isLoopbackHost(route.host))
  const { submission, api } = settings
  return (
    staysHere &&
    [...submission.listen, ...submission.listenTls, ...api.listen].every((text) =>
      isLoopbackHost(parseListenAddress(text)?.address ?? ''),
    )
  )
}
