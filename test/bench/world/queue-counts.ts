import type { WorldRelay } from './relay.ts'

export interface QueueCounts {
  total: number
  queued: number
  deferred: number
  held: number
  in_flight: number
}

/** The open recipients as the relay counts them; null where it gives no answer. */
export async function queueCounts(relay: WorldRelay): Promise<QueueCounts | null> {
  try {
    const { status, body } = await relay.api('/queue/summary')
    return status === 200 ? (body as { open: QueueCounts }).open : null
  } catch {
    return null
  }
}
