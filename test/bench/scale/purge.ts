/** A purge of the whole queue by filter while mail comes in: how long it takes, what senders feel, and that none is sent. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from './api.ts'
import { rounded } from '../statistics.ts'
import type { SteadyLoad } from './steady-load.ts'

export interface PurgeResult {
  recipients: number
  answered_s: number
  /** Waits for the 250 of what was to be sent while the purge ran. */
  accept: { rate: number; p50_ms: number; p99_ms: number }
}

export async function measurePurge(api: Api, load: SteadyLoad): Promise<PurgeResult> {
  const from = performance.timeOrigin + performance.now()
  const { body, ms } = await api.call('/queue/operations', {
    action: 'purge',
    filter: { status: 'deferred', older_than: '5m' },
    reason: 'bench',
  })
  // Too short a span holds too few messages for a p99; what follows the purge may still feel it.
  const span = Math.max(ms, 2000)
  await sleep(span - ms + 500)
  const { rate, p50, p99 } = await load.during(from, from + span)
  return {
    recipients: (body as { recipients: number }).recipients,
    answered_s: rounded(ms / 1000),
    accept: { rate: rounded(rate), p50_ms: rounded(p50), p99_ms: rounded(p99) },
  }
}
