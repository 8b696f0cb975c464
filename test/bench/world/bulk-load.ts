/** A newsletter as fast as the relay takes it, from a process of its own so that who measures is not measured too. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { makeMessage, SmtpSession } from '../smtp-session.ts'

export interface Bulk {
  port: number
  /** The client's address, which says who submits. */
  localAddress: string
  messages: number
  /** Recipients of each message. */
  recipients: number
  sessions: number
  /**
   * Domains that the recipients go to in turn: recipient number n has `#` replaced by n modulo `domains`. Without a
   * number, by n itself.
   */
  domain: string
  domains?: number
  bytes?: number
}

export interface BulkLoad extends AsyncDisposable {
  /** Resolves when the last message has its 250: seconds from the first, and how often the relay refused one before. */
  readonly done: Promise<{ seconds: number; refusals: number }>
}

export function startBulkLoad(bulk: Bulk): BulkLoad {
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(bulk)], { detached: true })
  const done = Promise.race([
    once(child, 'message').then(([result]) => result as { seconds: number; refusals: number }),
    once(child, 'exit').then(() => {
      throw new Error('the sender ended early')
    }),
  ])
  // Who awaits it is told; until then it must not count as unhandled.
  done.catch(() => undefined)
  return { done, [Symbol.asyncDispose]: () => endChild(child) }
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** The recipients of message number `message`. */
export function recipientsOf(
  { recipients, domain, domains }: Pick<Bulk, 'recipients' | 'domain' | 'domains'>,
  message: number,
): string[] {
  return Array.from({ length: recipients }, (_, index) => {
    const number = message * recipients + index
    return `u${number}@${domain.replace('#', String(domains ? number % domains : number))}`
  })
}

const afterRefusalMs = 100
const sender = 'news@customer.example'

async function send(bulk: Bulk): Promise<{ seconds: number; refusals: number }> {
  const forever = new AbortController().signal
  const { port, localAddress, bytes = 1000 } = bulk
  const begin = performance.now()
  let next = 0
  let refusals = 0
  const runSession = async (): Promise<void> => {
    let session: SmtpSession | null = null
    while (next < bulk.messages) {
      const recipients = recipientsOf(bulk, next++)
      const content = makeMessage(sender, recipients[0] ?? '', bytes)
      for (;;) {
        try {
          session ??= await SmtpSession.open(port, forever, localAddress)
          await session.send(sender, recipients, content)
          break
        } catch {
          session?.close()
          session = null
          refusals += 1
          await sleep(afterRefusalMs)
        }
      }
    }
    session?.close()
  }
  await Promise.all(Array.from({ length: Math.min(bulk.sessions, bulk.messages) }, runSession))
  return { seconds: (performance.now() - begin) / 1000, refusals }
}

async function main(bulk: Bulk): Promise<void> {
  process.once('disconnect', () => process.exit(0))
  process.send?.(await send(bulk), () => process.disconnect())
}

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? '') as Bulk)
