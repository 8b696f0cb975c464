/** smtp-sink, once for each address that mail goes to, and the count of messages that it has taken. */
import { accessSync, closeSync, constants, openSync, unlinkSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { greets } from './ports.ts'
import { startProcess, untilTrue } from './processes.ts'

export interface Sinks {
  /** Messages taken so far, over all sinks. Every delivery of every shape carries one recipient. */
  total(): Promise<number>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * The last count in what `smtp-sink -c` wrote: `sess=1 quit=0 mesg=17` and a carriage return, after each final dot.
 * A counter that is cut off at the end of the text does not count yet.
 */
export function lastCount(text: string): number {
  const at = text.lastIndexOf(' mesg=', text.lastIndexOf('\r'))
  return at < 0 ? 0 : Number.parseInt(text.slice(at + ' mesg='.length), 10)
}

/** The counters are written once per message: to memory where there is some, so as not to disturb the disk under test. */
function counterFolder(otherwise: string): string {
  try {
    accessSync('/dev/shm', constants.W_OK)
    return '/dev/shm'
  } catch {
    return otherwise
  }
}

interface Sink {
  count(): Promise<number>
  [Symbol.asyncDispose](): Promise<void>
}

async function startSink(address: string, port: number, folder: string): Promise<Sink> {
  const name = `sluice-bench-${String(process.pid)}-${address}-${String(port)}.count`
  const path = join(counterFolder(folder), name)
  const output = openSync(path, 'w')
  // As root, smtp-sink wants to become somebody else.
  const user = process.getuid?.() === 0 ? ['-u', 'postfix'] : []
  const listen = `${address}:${String(port)}`
  const sink = startProcess('smtp-sink', [...user, '-c', '-m', '512', listen, '1024'], {
    stdout: output,
  })
  closeSync(output)
  const file = await open(path, 'r')
  unlinkSync(path) // lives on as long as somebody has it open
  return {
    async count() {
      if (sink.child.exitCode !== null) throw new Error(`smtp-sink ended: ${sink.complaint()}`)
      const tail = Buffer.alloc(256)
      const { size } = await file.stat()
      const { bytesRead } = await file.read(tail, 0, tail.length, Math.max(0, size - tail.length))
      return lastCount(tail.toString('latin1', 0, bytesRead))
    },
    async [Symbol.asyncDispose]() {
      await sink[Symbol.asyncDispose]()
      await file.close()
    },
  }
}

export async function startSinks(
  addresses: readonly string[],
  port: number,
  folder: string,
  signal: AbortSignal,
): Promise<Sinks> {
  await using starting = new AsyncDisposableStack()
  const sinks: Sink[] = []
  for (const address of addresses) {
    const sink = await startSink(address, port, folder)
    sinks.push(starting.use(sink))
    await untilTrue(`smtp-sink on ${address}`, 5000, signal, () => greets(address, port))
  }
  const started = starting.move()
  return {
    async total() {
      const counts = await Promise.all(sinks.map((sink) => sink.count()))
      return counts.reduce((sum, count) => sum + count, 0)
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}
