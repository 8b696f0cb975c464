import { join } from 'node:path'
import { StoreClient } from '../../../src/store/protocol/client.ts'
import { chunkBytes, type ChunkCommand } from '../../../src/store/protocol/commands.ts'
import type { NewMessage, NewRecipient } from '../../../src/words/message.ts'
import { openReader } from '../../../src/store/read/open-reader.ts'
import type { StoreReader } from '../../../src/store/protocol/reader.ts'
import { startStore } from '../../../src/store/write/start-store.ts'
import { day, systemClock, type MachineClock } from '../../../src/time/clock.ts'
import { newUlid } from '../../../src/time/ulid.ts'
import { aProcess, bounds } from '../../kit/store.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

export interface StoreWithMail extends AsyncDisposable {
  readonly folder: string
  readonly databasePath: string
  readonly socketPath: string
  readonly client: StoreClient
  readonly reader: StoreReader
  /** Accepts a message; answers its key. */
  accept(
    recipients: readonly string[],
    change?: Partial<NewMessage>,
    bytes?: Buffer,
  ): Promise<number>
}

const toRecipient = (address: string): NewRecipient => ({
  address,
  destination: address.slice(address.indexOf('@') + 1),
})

const hello = Buffer.from('Subject: x\r\n\r\nhello\r\n')
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** A real store in a folder of its own. */
export async function startStoreWithMail(
  clock: MachineClock = systemClock,
): Promise<StoreWithMail> {
  const folder = tempFolder()
  const at = (name: string) => join(folder.path, name)
  const store = await startStore({
    databasePath: at('sluice.db'),
    socketPath: at('store.sock'),
    lockPath: at('store.lock'),
    ballastPath: at('ballast'),
    retention: { deliveredContentMs: 0, failedContentMs: day, recordsMs: day },
    bounds,
    clock,
    log: quiet,
    onBroken: (error) => {
      throw error
    },
  })
  const client = new StoreClient({
    socketPath: at('store.sock'),
    principal: { kind: 'process', id: 'api' },
  })
  await client.whenConnected()
  const reader = openReader(at('sluice.db'), aProcess)
  return {
    folder: folder.path,
    databasePath: at('sluice.db'),
    socketPath: at('store.sock'),
    client,
    reader,
    accept: async (recipients, change = {}, bytes = hello) => {
      const message: NewMessage = {
        id: newUlid(systemClock.now()),
        submitter: { kind: 'account', id: 'demo' },
        sender: 'sender@customer.example',
        route: 'mx',
        sizeBytes: bytes.length,
        messageId: null,
        subject: 'x',
        tag: null,
        lifetimeMs: 5 * day,
        esmtp: {},
        recipients: recipients.map(toRecipient),
        ...change,
      }
      let upload: number | null = null
      let at = 0
      for (; at + chunkBytes < bytes.length; at += chunkBytes) {
        const piece = bytes.subarray(at, at + chunkBytes)
        const command: ChunkCommand = { kind: 'chunk', upload }
        const kept = await client.send(command, piece)
        if (kept.kind === 'chunk') upload = kept.upload
      }
      const last = bytes.subarray(at)
      const answer = await client.send({ kind: 'accept', upload, message, takes: [] }, last)
      if (answer.kind !== 'accepted') throw new Error(JSON.stringify(answer))
      return answer.message
    },
    [Symbol.asyncDispose]: async () => {
      client.close()
      await reader.close()
      await store.close()
      folder[Symbol.dispose]()
    },
  }
}
