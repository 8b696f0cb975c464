import { expect, test } from 'vitest'
import { readiness, storeState } from '../../../src/operations/readiness.ts'
import type { StoreAccess } from '../../../src/operations/store-access.ts'
import type { Answer } from '../../../src/store/protocol/commands.ts'
import { noHindrances } from '../../../src/store/protocol/hindrances.ts'

const asked = (takesMail: boolean): Pick<StoreAccess, 'store'> => ({
  store: {
    send: () =>
      Promise.resolve<Answer>({
        kind: 'in-flight',
        recipients: [],
        takesMail,
        slices: 0,
        ...noHindrances,
      }),
  },
})

test('a store that refuses new mail for want of space is not ready, and says so', async () => {
  const store = await storeState(asked(false) as StoreAccess)
  expect(readiness({ store, redis: true, route: 'mx' })).toMatchObject({
    status: 'unavailable',
    store: 'full',
    detail: expect.stringContaining('Free space is short') as string,
  })
})

test('a store that takes mail is ready', async () => {
  const store = await storeState(asked(true) as StoreAccess)
  expect(readiness({ store, redis: true, route: 'mx' })).toMatchObject({
    status: 'ok',
    store: 'ok',
  })
})
