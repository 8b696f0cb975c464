import { request } from 'node:http'

export interface ApiRequest {
  method?: string
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is. */
  body?: string | Buffer
  headers?: Record<string, string>
  /** null: none at all. */
  key?: string | null
}

interface ApiAnswer {
  status: number
  headers: Record<string, string | string[] | undefined>
  /** Parsed where it is JSON (also problem+json), else the bytes. */
  body: unknown
}

/** Paths begin below `/api/v1`, except `/livez` and `/readyz`. */
export type Api = (path: string, init?: ApiRequest) => Promise<ApiAnswer>

/** A client for the API at `url()`, which is asked anew each time, with `key()` where none is given. */
export function apiClient(url: () => string, key: () => string): Api {
  return (path, init = {}) => {
    const target = new URL(/^\/(?:livez|readyz)$/.test(path) ? path : `/api/v1${path}`, url())
    return ask(target, init, init.key === undefined ? key() : init.key)
  }
}

async function ask(target: URL, init: ApiRequest, key: string | null): Promise<ApiAnswer> {
  const body = init.json === undefined ? init.body : JSON.stringify(init.json)
  const headers = {
    ...(key !== null && { authorization: `Bearer ${key}` }),
    ...(init.json !== undefined && { 'content-type': 'application/json' }),
    ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
    ...init.headers,
  }
  const method = init.method ?? (body === undefined ? 'GET' : 'POST')
  const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>()
  // A connection of its own each time: one kept open would not survive the deaths that tests bring.
  const outgoing = request(
    target,
    { method, headers, agent: false, timeout: 30_000 },
    (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const bytes = Buffer.concat(parts)
        const isJson = /\bjson\b/.test(response.headers['content-type'] ?? '')
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: isJson ? (JSON.parse(bytes.toString()) as unknown) : bytes,
        })
      })
    },
  )
  outgoing.on('error', reject)
  outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer from ${target.href}`)))
  outgoing.end(body)
  return promise
}
