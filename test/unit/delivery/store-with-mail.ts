import type { StoreClient } from '../../../src/store/protocol/client.ts'
import { chunkBytes, type ChunkCommand } from '../../../src/store/protocol/commands.ts'
import type { NewMessage, NewRecipient } from '../../../src/words/message.ts'
import type { StoreReader } from '../../../src/store/protocol/reader.ts'
import { day, systemClock, type MachineClock } from '../../../src/time/clock.ts'
import { newUlid } from '../../../src/time/ulid.ts'
import { runTestStore } from '../../kit/store.ts'
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

/** A real store in a folder of its own. */
export async function startStoreWithMail(
  clock: MachineClock = systemClock,
): Promise<StoreWithMail> {
  const folder = tempFolder()
  const running = await runTestStore(folder.path, {
    clock,
    retention: { deliveredContentMs: 0, failedContentMs: day, recordsMs: day, auditMs: 400 * day },
    follows: false,
  })
  const { client, reader, databasePath, socketPath } = running
  return {
    folder: folder.path,
    databasePath,
    socketPath,
    client,
    reader,
    accept: async (recipients, change = {}, bytes = hello) => {
      const message: NewMessage = {
        id: newUlid(systemClock.now()),
        submitter: { kind: 'account', id: 'demo' },
        sender: 'sender@customer.example',
        route: 'mx',
        sizeBytes: bytes.length,
        messageIdHeader: null,
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
      await running.close()
      folder[Symbol.dispose]()
    },
  }
}
