import type { DeliveryLog } from '../../../src/delivery/delivery-log.ts'
import type { EnvelopeView } from '../../../src/store/protocol/views.ts'
import { hour } from '../../../src/time/clock.ts'

const acceptedAt = 1_800_000_000_000 - hour

/** One recipient for each NOTIFY. */
export const envelopeTo = (notify: readonly (readonly string[] | null)[]): EnvelopeView => ({
  key: 1,
  id: '01M812VA5VHBNE2Y7Y2NAJDTJY',
  submitter: { kind: 'account', id: 'demo' },
  sender: 'a@b.example',
  route: 'mx',
  sizeBytes: 10,
  acceptedAt,
  messageIdHeader: null,
  esmtp: {},
  open: notify.length,
  recipients: notify.map((asked, index) => ({
    key: 65536 + index,
    address: `u${index}@y.example`,
    destination: 'y.example',
    attempts: 2,
    dueAt: acceptedAt,
    lastAt: null,
    expiresAt: acceptedAt + 100 * hour,
    notify: asked,
    orcpt: null,
  })),
})

export const silent: DeliveryLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
