import { vi } from 'vitest'
import { listenHttp } from '../../../src/http/listen-http.ts'
import type { Message } from '../../../src/operations/message-resource.ts'
import { apiOnStore, type ApiOnStore } from '../api/api-on-store.ts'
import { say } from './terminal.ts'

export interface RelayOnStore extends ApiOnStore {
  /** Runs a verb as one in a terminal of this machine. */
  run: typeof say
  statusesOf(id: string): Promise<string[]>
}

/** The API on a real store and a real port, with the environment pointing there; `vi.unstubAllEnvs` afterwards. */
export async function relayOnStore(): Promise<RelayOnStore> {
  const t = await apiOnStore()
  const listening = await listenHttp(t.app, [{ address: '127.0.0.1', port: 0 }], null)
  vi.stubEnv('SLUICE_API_URL', `http://127.0.0.1:${listening.addresses[0]?.port ?? 0}`)
  vi.stubEnv('SLUICE_API_KEY', t.key)
  vi.stubEnv('SLUICE_DATA_DIR', t.dataDir)
  return {
    ...t,
    run: say,
    statusesOf: async (id) =>
      (await t.ask('GET', `/queue/messages/${id}`))
        .json<Message>()
        .recipients.map(({ status }) => status),
    [Symbol.asyncDispose]: async () => {
      await listening.close()
      await t[Symbol.asyncDispose]()
    },
  }
}
