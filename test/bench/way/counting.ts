/**
 * Loaded into each process of a relay before its own code (`node --import`): counts how often each function of the relay is
 * called. `begin` on the process's socket sets the counts to zero; `end` answers what was called since.
 */
import { Session } from 'node:inspector/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** Where the sockets are; in the environment of the relay. */
export const countingFolder = 'BENCH_COUNTING_FOLDER'

/** A function that was called, and how often. */
export interface Called {
  /** URL of the file. */
  file: string
  name: string
  /** Where in the file it begins, in characters. */
  at: number
  calls: number
}

const [, script = '', name = ''] = process.argv
const folder = process.env[countingFolder]
if (folder !== undefined && /[\\/]process\.ts$/.test(script)) await count(join(folder, name))

async function count(socketPath: string): Promise<void> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  const take = async (): Promise<Called[]> => {
    const { result } = await session.post('Profiler.takePreciseCoverage')
    return result.flatMap(({ url, functions }) =>
      functions.flatMap(({ functionName, ranges: [range] }) =>
        range && range.count > 0 && url.startsWith('file:')
          ? [{ file: url, name: functionName, at: range.startOffset, calls: range.count }]
          : [],
      ),
    )
  }
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (word: Buffer) => {
      take().then(
        (called) => socket.end(word.toString() === 'end' ? JSON.stringify(called) : '[]'),
        () => socket.destroy(),
      )
    })
  })
  server.listen(socketPath).unref()
}
