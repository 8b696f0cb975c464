import { Agent, request } from 'node:http'

export interface Answer {
  status: number
  body: unknown
  /** From the request to the last byte of the answer. */
  ms: number
}

/** Sluice's HTTP API over one connection that is kept open, as a page or a script uses it. */
export class Api {
  readonly #base: string
  readonly #key: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  constructor({ url, key }: { url: string; key: string }) {
    this.#base = url
    this.#key = key
  }

  /** GET without a body, POST with one. @throws when the answer is not 200 */
  async call(path: string, body?: unknown): Promise<Answer> {
    const answer = await this.#exchange(path, body === undefined ? null : JSON.stringify(body))
    if (answer.status === 200) return answer
    throw new Error(`${path}: ${String(answer.status)} ${JSON.stringify(answer.body)}`)
  }

  close(): void {
    this.#agent.destroy()
  }

  #exchange(path: string, body: string | null): Promise<Answer> {
    const start = performance.now()
    const headers = {
      authorization: `Bearer ${this.#key}`,
      ...(body === null ? {} : { 'content-type': 'application/json' }),
    }
    const method = body === null ? 'GET' : 'POST'
    return new Promise((resolve, reject) => {
      const asked = request(`${this.#base}/api/v1${path}`, { method, headers, agent: this.#agent })
      asked.once('error', reject)
      asked.once('response', (response) => {
        const pieces: Buffer[] = []
        response.on('data', (piece: Buffer) => pieces.push(piece))
        response.once('end', () => {
          const ms = performance.now() - start
          const text = Buffer.concat(pieces).toString('utf8')
          resolve({ status: response.statusCode ?? 0, body: parse(text), ms })
        })
      })
      asked.end(body ?? undefined)
    })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
