import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { firstRunKeyName, parseApiKey } from '../accounts/api-key.ts'
import type { Scope } from '../accounts/scopes.ts'
import { plainAddress, trustedNetworks } from '../accounts/trusted-networks.ts'
import type { StoreAccess } from '../operations/store-access.ts'
import type { StoreReader } from '../store/protocol/reader.ts'
import type { ApiKeyView } from '../store/protocol/access-views.ts'
import { rfc3339, type Millis } from '../time/clock.ts'
import type { Principal } from '../words/principal.ts'
import { FailedKeys } from './failed-keys.ts'
import { KeyUses } from './key-uses.ts'
import { Problem } from './problem.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * The scope that a key needs; `by-action`: the handler checks it, since it depends on the body. A route that names none is
     * for everybody.
     */
    scope?: Scope | 'by-action'
    /** It shows and changes no other mail than `access.accounts` allows: open to keys that are bounded so. */
    heedsAccounts?: true
  }
  interface FastifyRequest {
    /** Id of the key that the request came with, for the log; null before it was checked. */
    askedBy: string | null
    /** The key of the request; set before the handler of a route with a scope runs. */
    apiKey: ApiKeyView
    /** Reads from the store, and sends it commands, in the name of that key. */
    access: StoreAccess
  }
}

/**
 * Asks for a key, and for its scope, at each route that names one, before the rest of the request is looked at. Programs send
 * it as a bearer token; for a page a browser asks a person for it.
 */
export function askForKeys(app: FastifyInstance, access: StoreAccess, isPractice: boolean): void {
  const failed = new FailedKeys()
  const uses = new KeyUses(access)
  app.decorateRequest('askedBy', null)
  app.decorateRequest('apiKey')
  app.decorateRequest('access')
  app.addHook('onRoute', ({ url, method, config }) => {
    if (config?.scope === undefined || config.contentSecurityPolicy === undefined) return
    if (![method].flat().every((each) => each === 'GET' || each === 'HEAD')) {
      throw new Error(`${url} is a page with a key, so it changes nothing`)
    }
  })
  app.addHook('onRequest', async (request) => {
    const { scope } = request.routeOptions.config
    if (scope === undefined) return
    request.apiKey = await authenticate(request, access.reader, failed)
    request.askedBy = request.apiKey.id
    if (request.apiKey.name === firstRunKeyName && !isPractice) throw onlyForPractice()
    mustNotBeOver(request.apiKey, access.clock.now())
    mustComeFromItsNetwork(request.apiKey, request.ip)
    if (scope !== 'by-action') requireScope(request.apiKey, scope)
    mustBeAbleToHeedBounds(request)
    request.access = accessBy(request.apiKey, access)
    uses.note(request.apiKey.id)
  })
}

const onlyForPractice = (): Problem =>
  new Problem(
    'unauthorized',
    'The key of the first start opens nothing where mail is really sent. Make one of your own: sluice key add NAME.',
    { headers: { 'www-authenticate': 'Bearer realm="sluice", error="invalid_token"' } },
  )

const bearer = /^Bearer +(\S+) *$/i
const basic = /^Basic +([\w+/=]+) *$/i
const basicChallenge = 'Basic realm="sluice", charset="UTF-8"'

/**
 * What the request presents as a key (RFC 6750 §2.1). A browser sends what it asked a person for as name and password (RFC 7617
 * §2), and from then on with each request, whichever page it comes from: only pages take that, and they change nothing.
 */
function presentedKey(header: string, isPage: boolean): string {
  const [, credentials] = (isPage && basic.exec(header)) || []
  if (credentials === undefined) return bearer.exec(header)?.[1] ?? ''
  const text = Buffer.from(credentials, 'base64').toString()
  return text.slice(text.indexOf(':') + 1)
}

/** Throws the problem that the key's time is over, when it is. */
function mustNotBeOver({ expiresAt }: ApiKeyView, now: Millis): void {
  if (expiresAt === null || expiresAt > now) return
  throw new Problem('unauthorized', `This API key ended at ${rfc3339(expiresAt)}.`, {
    headers: { 'www-authenticate': 'Bearer realm="sluice", error="invalid_token"' },
  })
}

/** Throws the problem that a key may not be used from where the request comes from, when it may not. */
function mustComeFromItsNetwork({ networks }: ApiKeyView, address: string): void {
  if (networks === null || trustedNetworks(networks)(address) !== null) return
  throw new Problem('wrong-network', `This API key may not be used from ${plainAddress(address)}.`)
}

/** Compared with when no such key is stored, so that an unknown id takes as long as a wrong secret. */
const noHash = '0'.repeat(64)

/**
 * Finds the key of a request, at every request, so that a revoked key stops working at once. Throws the problem
 * to answer with when there is no key, or a wrong one.
 */
async function authenticate(
  request: FastifyRequest,
  keys: Pick<StoreReader, 'apiKey'>,
  failed: FailedKeys,
): Promise<ApiKeyView> {
  const header = request.headers.authorization
  const isPage = request.routeOptions.config.contentSecurityPolicy !== undefined
  if (header === undefined) {
    throw new Problem('unauthorized', 'Send your API key: "Authorization: Bearer sk_…".', {
      headers: { 'www-authenticate': isPage ? basicChallenge : 'Bearer realm="sluice"' },
    })
  }
  const key = await findKey(presentedKey(header, isPage), keys)
  if (key) return key
  const retryAfterSeconds = failed.count(request.ip)
  if (retryAfterSeconds > 0) {
    throw new Problem(
      'too-many-failures',
      'Too many requests with a wrong key came from this address.',
      { headers: { 'retry-after': String(retryAfterSeconds) } },
    )
  }
  const challenge = isPage ? basicChallenge : 'Bearer realm="sluice", error="invalid_token"'
  throw new Problem('unauthorized', 'This API key is not valid.', {
    headers: { 'www-authenticate': challenge },
  })
}

async function findKey(
  presented: string,
  keys: Pick<StoreReader, 'apiKey'>,
): Promise<ApiKeyView | null> {
  const parsed = parseApiKey(presented)
  if (!parsed) return null
  const stored = await keys.apiKey(parsed.id)
  const wanted = Buffer.from(stored?.secretHash ?? noHash)
  const given = Buffer.from(parsed.secretHash)
  return wanted.length === given.length && timingSafeEqual(wanted, given) ? stored : null
}

/** Throws the problem that names the missing scope (RFC 6750 §3.1), when it is missing. */
export function requireScope(key: ApiKeyView, scope: Scope): void {
  if (key.scopes.includes(scope)) return
  throw new Problem('missing-scope', `This request needs a key with the scope ${scope}.`, {
    headers: {
      'www-authenticate': `Bearer realm="sluice", error="insufficient_scope", scope="${scope}"`,
    },
  })
}

/** A key for the mail of some logins opens only what shows no other mail. */
function mustBeAbleToHeedBounds({ apiKey, routeOptions }: FastifyRequest): void {
  if (apiKey.accounts === null || routeOptions.config.heedsAccounts) return
  throw new Problem(
    'wrong-account',
    `This key is for the mail of ${apiKey.accounts.join(', ')} alone, and this request is about more than that.`,
  )
}

function accessBy({ id, accounts }: ApiKeyView, access: StoreAccess): StoreAccess {
  const principal: Principal = { kind: 'key', id }
  return {
    ...access,
    accounts,
    reader: access.reader.as(principal),
    store: access.store.as(principal),
  }
}
