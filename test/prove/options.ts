import { parseArgs } from 'node:util'

export interface ProveOptions {
  /** How many messages must be answered 250. */
  messages: number
  /** How often each process is killed. */
  kills: number
  /** Where the relay's folder is made; '' is the system's place for temporary files. */
  folder: string
  /** One JSON line instead of sentences. */
  json: boolean
}

export const usage = `npm run prove [-- --messages 5000 --kills 20 --folder DIR --json]

Starts a relay of its own, sends messages through it to a sink while its store, smtp, delivery, api and
Redis processes are killed with -9 at random, and compares what was promised with what arrived.
`

/** Reads the arguments; undefined when they make no sense. */
export function readOptions(args: readonly string[]): ProveOptions | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        messages: { type: 'string', default: '5000' },
        kills: { type: 'string', default: '20' },
        folder: { type: 'string', default: '' },
        json: { type: 'boolean', default: false },
      },
    })
    const messages = count(values.messages)
    const kills = count(values.kills)
    if (messages === undefined || kills === undefined || messages === 0) return undefined
    return { messages, kills, folder: values.folder, json: values.json }
  } catch {
    return undefined
  }
}

const count = (text: string): number | undefined =>
  /^\d{1,7}$/.test(text) ? Number(text) : undefined
