import { expect, it } from 'vitest'
import { inTurn, startRemote } from '../../kit/remote.ts'
import { startRedis } from '../queue/redis-server.ts'
import { happened, landed, startDelivery } from './running-delivery.ts'
import { startStoreWithMail } from './store-with-mail.ts'

it('a sender hears once of a recipient that is delayed, however often it is tried and the notice itself', async () => {
  await using store = await startStoreWithMail()
  await using redis = await startRedis()
  const toSender = inTurn('451 4.3.0 later', '250 ok')
  const rcpt = (address: string) =>
    address.startsWith('sender@') ? toSender() : '451 4.7.1 not now'
  await using remote = await startRemote({ rcpt })
  const asked = { address: 'x@a.example', destination: 'a.example', notify: ['FAILURE', 'DELAY'] }
  await store.accept([], { route: remote.route, recipients: [asked] })
  await using running = await startDelivery(store, redis, {
    delayNoticeMs: 1,
    schedule: { firstMs: 20, longestMs: 20, factor: 1 },
  })
  const [notice] = await remote.untilAccepted(1)
  await happened(store, 'deferred', 5)
  expect(notice).toMatchObject({ from: '', to: ['sender@customer.example'] })
  expect(notice?.bytes.toString()).toContain('Action: delayed\r\nStatus: 4.7.1\r\n')
  expect(remote.accepted).toHaveLength(1)
  const { days } = await store.reader.ledgerDays({ before: null, limit: 9 })
  const accepted = days.map((each) => [each.submitter.id, each.accepted])
  expect(new Map(accepted as [string, number][])).toEqual(
    new Map([
      ['demo', 1],
      ['delay', 1],
    ]),
  )
  const { today, own } = await store.reader.summary(new Set(), Date.now())
  expect([today.accepted, own.today.accepted]).toEqual([1, 1])
  await running.delivery.close()
  await landed(running)
})
