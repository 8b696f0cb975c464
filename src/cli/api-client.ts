import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Readiness } from '../operations/readiness.ts'
import type { ApiAddress } from './api-address.ts'
import { Complaint } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import { flagOf } from './filter-flags.ts'

/** One page of a list. */
export interface Page<T> {
  data: T[]
  next_cursor: string | null
}

interface Answer {
  status: number
  body: Buffer
}

type Headers = Readonly<Record<string, string>>

/** What goes along with a request. */
interface Sent {
  body?: object | undefined
  headers?: Headers | undefined
  signal?: AbortSignal
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** A client of the API like any other. An error answer becomes a complaint with the exit status for it. */
export class ApiClient {
  readonly #address: ApiAddress

  constructor(address: ApiAddress) {
    this.#address = address
  }

  get<T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<T> {
    return this.#json<T>('GET', withQuery(path, query))
  }

  post<T>(path: string, body?: object): Promise<T> {
    return this.#json<T>('POST', path, body)
  }

  /** Has an operation done; what takes longer than a moment is answered as soon as it has begun (RFC 7240 §4.1). */
  operate<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<T> {
    return this.#json<T>(method, path, body, { prefer: 'respond-async' })
  }

  /** The answer of /readyz, which needs no key, also where the relay is not ready; waits for it at most `withinMs`. */
  async readiness(withinMs: number): Promise<Readiness> {
    const { body } = await this.#reach('GET', '/readyz', {
      signal: AbortSignal.timeout(withinMs),
    })
    return JSON.parse(body.toString()) as Readiness
  }

  async bytes(path: string): Promise<Buffer> {
    return (await this.#ask('GET', path)).body
  }

  /** All items of a list, page after page; a page may be empty and still not be the last. */
  async *pages<T>(path: string, query: Readonly<Record<string, string>>): AsyncGenerator<T[]> {
    let cursor: string | null = null
    do {
      const page: Page<T> = await this.get(path, cursor === null ? query : { ...query, cursor })
      yield page.data
      cursor = page.next_cursor
    } while (cursor !== null)
  }

  async #json<T>(method: Method, path: string, body?: object, headers?: Headers): Promise<T> {
    return JSON.parse((await this.#ask(method, path, body, headers)).body.toString()) as T
  }

  async #ask(
    method: Method,
    path: string,
    body?: object,
    headers?: Headers,
  ): Promise<{ body: Buffer }> {
    const answer = await this.#reach(method, `/api/v1${path}`, { body, headers })
    if (answer.status < 300) return answer
    throw new Complaint(
      statusFor(answer.status),
      describeProblem(answer.body) ??
        `the answer was ${answer.status}; is this the API of a Sluice?`,
    )
  }

  async #reach(method: Method, path: string, more: Sent): Promise<Answer> {
    return this.#send(method, path, more).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error)
      throw new Complaint(
        exitStatus.unavailable,
        `no answer from ${this.#address.url.origin}: ${why}`,
      )
    })
  }

  #send(method: Method, path: string, { body, headers, signal }: Sent): Promise<Answer> {
    const { url, key, certificate } = this.#address
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const content = body && JSON.stringify(body)
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const outgoing = send(
      new URL(path, url),
      {
        method,
        ...(signal && { signal }),
        headers: {
          ...headers,
          authorization: `Bearer ${key}`,
          ...(content !== undefined && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(content),
          }),
        },
        ...(certificate === 'any' && { rejectUnauthorized: false }),
        ...(certificate !== null && certificate !== 'any' && pinned(certificate.pem)),
      },
      (response) => void collect(response).then(resolve, reject),
    )
    outgoing.on('error', reject)
    outgoing.end(content)
    return promise
  }
}

/** Trusts only the certificate of the relay on this machine, whatever its name and issuer. */
const pinned = (certificate: string) => ({
  ca: certificate,
  allowPartialTrustChain: true,
  checkServerIdentity: () => undefined,
})

async function collect(response: IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  return { status: response.statusCode ?? 0, body: Buffer.concat(parts) }
}

/** `path` with its parameters. */
const withQuery = (path: string, query: Readonly<Record<string, string>>): string => {
  const text = new URLSearchParams(query).toString()
  return text === '' ? path : `${path}?${text}`
}

function statusFor(httpStatus: number): number {
  if (httpStatus === 401 || httpStatus === 403) return exitStatus.denied
  if (httpStatus === 400 || httpStatus === 422) return exitStatus.usage
  if (httpStatus === 429 || httpStatus >= 500) return exitStatus.unavailable
  return exitStatus.no
}

interface ProblemError {
  pointer: string
  detail: string
}

/** A problem answer of the API in the words of the command line; null: the body is not a problem document. */
function describeProblem(body: Buffer): string | null {
  try {
    const { detail, errors = [] } = JSON.parse(body.toString()) as {
      detail?: string
      errors?: ProblemError[]
    }
    if (errors.length === 0) return detail ?? null
    const byField = Map.groupBy(errors, ({ pointer }) => fieldOf(pointer))
    return [...byField].map(([field, found]) => `${nameOf(field)} ${mostTelling(found)}`).join('; ')
  } catch {
    return null
  }
}

/** `#/filter/status/0` and `#/status` are both about `status`; `#` is about the whole. */
const fieldOf = (pointer: string): string =>
  pointer.split('/').findLast((part) => part !== '#' && !/^\d+$/.test(part)) ?? ''

const nameOf = (field: string): string =>
  field === '' || field === 'filter' ? 'the request' : flagOf(field)

/** For a value with several allowed forms the API gives an error for each; returns the most useful of them. */
function mostTelling(errors: readonly ProblemError[]): string {
  const details = errors.map(({ detail }) => detail)
  return (
    details.find((detail) => detail.startsWith('must be one of')) ??
    details.find((detail) => !/^must be (string|array|object)$/.test(detail)) ??
    details[0] ??
    'is not right'
  )
}
