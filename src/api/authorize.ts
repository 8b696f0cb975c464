import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { parseApiKey } from '../accounts/api-key.ts'
import type { Scope } from '../accounts/scopes.ts'
import type { StoreReader } from '../store/protocol/reader.ts'
import type { ApiKeyView } from '../store/protocol/views.ts'
import type { FailedKeys } from './failed-keys.ts'
import { Problem } from '../http/problem.ts'

const authorization = /^Bearer +(\S+) *$/i

/** Compared with when no such key is stored, so that an unknown id takes as long as a wrong secret. */
const noHash = '0'.repeat(64)

/**
 * Finds the key of a request (RFC 6750 §2.1), at every request, so that a revoked key stops working at once. Throws the problem
 * to answer with when there is no key, or a wrong one.
 */
export async function authenticate(
  request: FastifyRequest,
  keys: Pick<StoreReader, 'apiKey'>,
  failed: FailedKeys,
): Promise<ApiKeyView> {
  const header = request.headers.authorization
  if (header === undefined) {
    throw new Problem('unauthorized', 'Send your API key: "Authorization: Bearer sk_…".', {
      headers: { 'www-authenticate': 'Bearer realm="sluice"' },
    })
  }
  const key = await findKey(authorization.exec(header)?.[1] ?? '', keys)
  if (key) return key
  const retryAfterSeconds = failed.count(request.ip)
  if (retryAfterSeconds > 0) {
    throw new Problem(
      'too-many-failures',
      'Too many requests with a wrong key came from this address.',
      {
        headers: { 'retry-after': String(retryAfterSeconds) },
      },
    )
  }
  throw new Problem('unauthorized', 'This API key is not valid.', {
    headers: { 'www-authenticate': 'Bearer realm="sluice", error="invalid_token"' },
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
