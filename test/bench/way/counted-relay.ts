/** A relay whose processes count the calls of their functions, and a client that sends and retries one message at a time. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { stringify } from 'smol-toml'
import { admit } from '../../kit/admit.ts'
import { apiClient, type Api } from '../../kit/api.ts'
import type { ProcessName } from '../../kit/relay-process.ts'
import { startRemote } from '../../kit/remote.ts'
import { Conversation } from '../../kit/smtp-conversation.ts'
import { freePort } from '../ports.ts'
import { untilTrue } from '../processes.ts'
import { launchSluice } from '../sides/sluice.ts'
import { countingFolder, type Called } from './counting.ts'

export interface CountedRelay extends AsyncDisposable {
  readonly client: Conversation
  readonly api: Api
  /** Sets the counts of these processes to zero, does something, and tells what they called meanwhile. */
  counted(
    names: readonly ProcessName[],
    act: () => Promise<void>,
  ): Promise<Map<ProcessName, Called[]>>
  /** Until all recipients of a message were tried and wait for the next try. */
  untilDeferred(id: string): Promise<void>
}

/** Starts the relay of the checkout at `root`. Every recipient is deferred by a smarthost, so there is something to retry. */
export async function startCountedRelay(
  folder: string,
  root: string,
  signal: AbortSignal,
): Promise<CountedRelay> {
  await using starting = new AsyncDisposableStack()
  const smarthost = starting.use(await startRemote({ rcpt: '450 4.2.1 later' }))
  const dataDir = join(folder, 'data')
  const sockets = join(folder, 'counting')
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  mkdirSync(sockets)
  const [submission, tls, api] = [await freePort(), await freePort(), await freePort()]
  const settings = {
    hostname: 'relay.test',
    data_dir: dataDir,
    submission: { listen: [`127.0.0.1:${submission}`], listen_tls: [`127.0.0.1:${tls}`] },
    api: { listen: [`127.0.0.1:${api}`] },
    relay: { trusted_networks: ['127.0.0.1/32'] },
    delivery: { route: `smtp://127.0.0.1:${smarthost.port}`, retry_first: '1h' },
  }
  writeFileSync(join(folder, 'sluice.toml'), stringify(settings))
  const counting = pathToFileURL(join(import.meta.dirname, 'counting.ts')).href
  process.env['NODE_OPTIONS'] = `--import=${counting}`
  process.env[countingFolder] = sockets
  const { stack } = await launchSluice(folder, dataDir, submission, signal, root)
  starting.use(stack)
  const { key } = await admit(dataDir)
  const client = starting.use(await Conversation.connect('127.0.0.1', submission))
  await client.expect(/^220 /)
  await client.ehlo()
  const started = starting.move()
  const ask = apiClient(
    () => `http://127.0.0.1:${api}`,
    () => key,
  )
  return {
    client,
    api: ask,
    untilDeferred: (id) =>
      untilTrue('the message is deferred', 20_000, signal, async () => {
        const { body } = await ask(`/queue/messages/${id}`)
        const { recipients } = body as { recipients: { status: string }[] }
        return recipients.every(({ status }) => status === 'deferred')
      }),
    async counted(names, act) {
      for (const name of names) await askProcess(join(sockets, name), 'begin')
      await act()
      const ended = names.map(
        async (name) => [name, await askProcess(join(sockets, name), 'end')] as const,
      )
      return new Map(await Promise.all(ended))
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

function askProcess(socketPath: string, word: string): Promise<Called[]> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    const socket = createConnection(socketPath, () => socket.write(word))
    socket.on('data', (part: Buffer) => parts.push(part))
    socket.on('end', () => resolve(JSON.parse(Buffer.concat(parts).toString()) as Called[]))
    socket.on('error', reject)
  })
}
