import { expect, test } from 'vitest'
import { sendJob } from '../../../src/delivery/send-job.ts'
import { Smarthosts } from '../../../src/delivery/smarthosts.ts'
import { startRemote } from '../../kit/remote.ts'
import { startRedis } from '../queue/redis-server.ts'
import { connectTools, startRawHost, WaitingTime } from './client/raw-host.ts'
import { happened, paceLimits } from './running-delivery.ts'
import { startDispatcher } from './running-dispatcher.ts'
import { mailTo, tools } from './sending.ts'
import { startStoreWithMail } from './store-with-mail.ts'

const naming = (...addresses: string[]) => ({ addresses: () => Promise.resolve(addresses) })

test('a dead address of a smarthost’s name keeps its mail from none of the others, and each has an attempt', async () => {
  await using remote = await startRemote({}, { address: '127.0.0.3' })
  const smarthosts = new Smarthosts(connectTools(), naming('127.0.0.2', '127.0.0.3'))
  const candidates = smarthosts.candidates('smart.test', remote.port)
  const sent = await sendJob({ candidates, connection: null }, mailTo('x@y.example'), tools())
  sent.connection?.destroy()
  expect(sent.attempts).toMatchObject([
    { host: 'smart.test', address: '127.0.0.2', text: 'connection refused' },
    { host: 'smart.test', address: '127.0.0.3', code: 250 },
  ])
})

test.each([
  ['ENOTFOUND', 'host name not found', false],
  ['EAI_AGAIN', 'the look-up of the host name failed', false],
  ['EMFILE', 'this machine has no connection left: EMFILE', null],
])(
  'a name that can’t be looked up is a failure with its cause: %s',
  async (code, cause, reached) => {
    const addresses = () => Promise.reject(Object.assign(new Error(code), { code }))
    const candidates = new Smarthosts(connectTools(), { addresses }).candidates('smart.test', 587)
    const sent = await sendJob({ candidates, connection: null }, mailTo('x@y.example'), tools())
    expect(sent.findings).toMatchObject([{ kind: 'lost', cause }])
    expect(sent.attempts).toMatchObject([{ address: 'smart.test:587', text: cause }])
    expect(sent.reached).toBe(reached)
  },
)

test('a look-up of a name takes no longer than a connection may', async () => {
  const time = new WaitingTime()
  const never = { addresses: () => new Promise<never>(() => undefined) }
  const smarthosts = new Smarthosts({ ...connectTools(), deadlines: time.deadlines }, never)
  const way = { candidates: smarthosts.candidates('smart.test', 587), connection: null }
  const sending = sendJob(way, mailTo('x@y.example'), { ...tools(), deadlines: time.deadlines })
  time.aheadMs = 21_000
  const cause = 'the look-up of the host name timed out'
  expect((await sending).findings).toMatchObject([{ kind: 'lost', cause }])
})

test('a look-up of a name holds up no stop', async () => {
  const { deadlines } = new WaitingTime()
  const never = { addresses: () => new Promise<never>(() => undefined) }
  const smarthosts = new Smarthosts({ ...connectTools(), deadlines }, never)
  const way = { candidates: smarthosts.candidates('smart.test', 587), connection: null }
  const sending = sendJob(way, mailTo('x@y.example'), { ...tools(), deadlines })
  deadlines.cutShort()
  expect((await sending).attempts).toEqual([])
})

test('the next connection begins with the address that worked', async () => {
  await using store = await startStoreWithMail()
  await using redis = await startRedis()
  let opened = 0
  await using odd = await startRawHost((socket) => {
    opened++
    socket.write('this is no mail server\r\n')
  })
  await using remote = await startRemote(
    { dot: { do: 'drop', after: '250 ok' } },
    { address: '127.0.0.2', port: odd.port },
  )
  const smarthosts = new Smarthosts(connectTools(), naming('127.0.0.1', '127.0.0.2'))
  const route = `smtp://smart.test:${remote.port}`
  for (let n = 0; n < 6; n++) await store.accept(['x@a.example'], { route })
  const one = { ...paceLimits, connectionsSmarthost: 1 }
  await using running = await startDispatcher(store, redis, one, { smarthosts })
  running.dispatcher.start()
  await happened(store, 'delivered', 6)
  expect(remote.connections).toBeGreaterThan(3)
  expect(opened).toBe(1)
})
