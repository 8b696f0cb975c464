import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { newApiKey } from '../../../src/accounts/api-key.ts'
import { apiPart } from '../../../src/api/build-api.ts'
import { buildServer } from '../../../src/http/build-server.ts'
import { webPart } from '../../../src/web/web-part.ts'
import { scopes, type Scope } from '../../../src/accounts/scopes.ts'
import { dataPaths } from '../../../src/config/paths.ts'
import { version } from '../../../src/config/version.ts'
import type { Logger } from '../../../src/log/logger.ts'
import type { ProcessHealth } from '../../../src/ipc/process-health.ts'
import { expositionOf } from '../../../src/metrics/exposition.ts'
import { reportOf } from '../../../src/metrics/report.ts'
import type { RedisTrouble } from '../../../src/redis/check-redis.ts'
import { deliveryStateCache } from '../../../src/operations/delivery-state.ts'
import type { StoreAccess } from '../../../src/operations/store-access.ts'
import { isNo, type Answer } from '../../../src/store/protocol/answers.ts'
import type { StoreClient } from '../../../src/store/protocol/client.ts'
import type { Command } from '../../../src/store/protocol/commands.ts'
import type { LastReply } from '../../../src/words/outcome.ts'
import type { NewMessage } from '../../../src/words/message.ts'
import type { RecipientKey } from '../../../src/words/keys.ts'
import { day, minute, systemClock } from '../../../src/time/clock.ts'
import { newUlid } from '../../../src/time/ulid.ts'
import { keyRights } from '../../kit/key-rights.ts'
import { firstSession } from '../../kit/sessions.ts'
import { runTestStore } from '../../kit/store.ts'
import { tempFolder } from '../../kit/temp-folder.ts'
import { defaultRetention } from '../../kit/retention.ts'

export interface ApiOnStore extends AsyncDisposable {
  app: FastifyInstance
  access: StoreAccess
  store: StoreClient
  dataDir: string
  /** With all scopes. */
  key: string
  /** Every line that was logged, as JSON. */
  logged: string[]
  newKey(...scopes: Scope[]): Promise<string>
  /** Below /api/v1, with the key of all scopes unless headers say otherwise. */
  ask(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
    key?: string,
  ): Promise<LightMyRequestResponse>
  inject(options: InjectOptions): Promise<LightMyRequestResponse>
  /** Takes a message in; its outside id. */
  accept(message?: Partial<NewMessage> & { to?: string[]; bytes?: Buffer }): Promise<string>
  /** The keys of a message's recipients, in the order of its envelope. */
  recipientsOf(id: string): Promise<RecipientKey[]>
  /** All recipients of a message, or some, are in flight from now on. */
  takeOff(id: string, which?: (index: number) => boolean): Promise<RecipientKey[]>
  /** One try of all recipients of a message, or of some, that ends like this. */
  settle(
    id: string,
    kind: 'delivered' | 'bounced' | 'deferred',
    reply?: LastReply,
    which?: (index: number) => boolean,
  ): Promise<void>
  /** Ends the store under the API. */
  endStore(): Promise<void>
}

/** What a supervisor says of a relay in which all is well. */
export const allReady: readonly ProcessHealth[] = ['store', 'smtp', 'delivery', 'api', 'redis'].map(
  (name, at) => ({ name, pid: 100 + at, state: 'ready', trouble: null }),
)

/** The API on a real store in a folder of its own; only Redis is what the test says. */
export async function apiOnStore(
  options: {
    redis?: RedisTrouble | null
    /** What the supervisor says; null: it does not answer. */
    processes?: readonly ProcessHealth[] | null
    route?: string
  } = {},
): Promise<ApiOnStore> {
  const folder = tempFolder()
  const logged: string[] = []
  const keep: Logger['info'] = (fields, message) =>
    logged.push(JSON.stringify({ ...fields, message }))
  const log: Logger = { debug: keep, info: keep, warn: keep, error: keep }
  // Followed as by delivery: operations wait for it
  const running = await runTestStore(folder.path, {
    paths: dataPaths(folder.path),
    clock: systemClock,
    retention: defaultRetention,
  })
  const { client: store, reader } = running
  const clock = systemClock
  const access: StoreAccess = {
    reader,
    store,
    deliveryState: deliveryStateCache(store),
    clock,
    accounts: null,
  }
  const api = apiPart({
    access,
    route: options.route ?? 'sandbox',
    metrics: async (format) => expositionOf([await reportOf('store')], format),
    redisTrouble: () => Promise.resolve(options.redis ?? null),
    processes: () =>
      Promise.resolve(options.processes === undefined ? allReady : options.processes),
    version,
  })
  const app = await buildServer({ access, isPractice: true, log, parts: [api, webPart] })
  const say = async (command: Command, payload: Buffer | null = null): Promise<void> => {
    const answer: Answer = await store.send(command, payload)
    if (isNo(answer)) throw new Error(JSON.stringify(answer))
  }
  const newKey = async (...scopes: Scope[]): Promise<string> => {
    const { id, secret, secretHash } = newApiKey()
    await say({ kind: 'put-api-key', id, secretHash, name: 'test', rights: keyRights(...scopes) })
    return secret
  }
  const recipientsOf = async (id: string): Promise<RecipientKey[]> => {
    const message = await reader.message(id, new Set(), clock.now())
    const page = { after: null, limit: 1000 }
    const found = message && (await reader.recipients(message, {}, page, new Set(), clock.now()))
    return (found?.recipients ?? []).map(({ key }) => key)
  }
  const takeOff: ApiOnStore['takeOff'] = async (id, which = () => true) => {
    const recipients = (await recipientsOf(id)).filter((_key, index) => which(index))
    await say({ kind: 'start', session: firstSession, recipients })
    return recipients
  }
  const key = await newKey(...scopes)
  let ended = false
  const endStore = async (): Promise<void> => {
    if (!ended) await running.store.close()
    ended = true
  }

  return {
    app,
    access,
    store,
    dataDir: folder.path,
    key,
    logged,
    newKey,
    recipientsOf,
    takeOff,
    endStore,
    inject: (request) => app.inject(request),
    ask: (method, path, body, presented = key) =>
      app.inject({
        method,
        url: `/api/v1${path}`,
        headers: { authorization: `Bearer ${presented}` },
        ...(body && { payload: body }),
      }),
    accept: async ({
      to = ['anna@example.org'],
      bytes = Buffer.from('Subject: x\r\n\r\nx\r\n'),
      ...given
    } = {}) => {
      const id = newUlid(clock.now())
      const message: NewMessage = {
        id,
        submitter: { kind: 'account', id: 'alice' },
        sender: 'alice@sender.test',
        route: 'sandbox',
        sizeBytes: bytes.length,
        messageIdHeader: null,
        subject: null,
        tag: null,
        lifetimeMs: 5 * day,
        esmtp: {},
        recipients: to.map((address) => ({ address, destination: address.split('@')[1] ?? '' })),
        ...given,
      }
      await say({ kind: 'accept', upload: null, message, takes: [] }, bytes)
      return id
    },
    settle: async (
      id,
      kind,
      reply = { code: 451, enhanced: '4.7.1', text: 'Try later', host: 'mx.test' },
      which,
    ) => {
      const recipients = await takeOff(id, which)
      const view = await reader.message(id, new Set(), clock.now())
      const outcomes = recipients.map((recipient) =>
        kind === 'deferred'
          ? { recipient, kind, reply, dueAt: clock.now() + 5 * minute }
          : { recipient, kind, reply },
      )
      const attempt = {
        recipients,
        startedAt: clock.now(),
        durationMs: 12,
        host: reply.host,
        address: '192.0.2.1',
        tls: null,
        code: reply.code,
        enhanced: reply.enhanced,
        text: reply.text,
        dialogue: null,
      }
      await say({
        kind: 'settle',
        session: firstSession,
        message: view?.key ?? 0,
        attempts: [attempt],
        outcomes,
        dsn: null,
      })
    },
    [Symbol.asyncDispose]: async () => {
      await app.close()
      store.close()
      await reader.close()
      await endStore()
      folder[Symbol.dispose]()
    },
  }
}
