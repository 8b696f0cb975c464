import { describe, expect, it } from 'vitest'
import { TlsMemory } from '../../../../src/delivery/client/tls-memory.ts'
import { hour, minute } from '../../../../src/time/clock.ts'

describe('what is remembered of the TLS of hosts', () => {
  it('holds no session that a host made larger than a session is', () => {
    const memory = new TlsMemory()
    memory.keepSession('192.0.2.1', Buffer.alloc(8192))
    memory.keepSession('192.0.2.2', Buffer.alloc(8193))
    expect(memory.session('192.0.2.1')).toHaveLength(8192)
    expect(memory.session('192.0.2.2')).toBeUndefined()
  })

  it('holds the newest sessions: 2,560 of the largest at least, 40 MB at most', () => {
    const memory = new TlsMemory()
    const largest = Buffer.alloc(8192)
    for (let n = 0; n < 10_000; n++) memory.keepSession(`host ${n}`, largest)
    const held = Array.from({ length: 10_000 }, (_, n) => memory.session(`host ${n}`)?.length ?? 0)
    expect(held.slice(-2560)).toEqual(Array(2560).fill(8192))
    expect(held.reduce((sum, bytes) => sum + bytes)).toBeLessThanOrEqual(40 * 1024 * 1024)
  })

  it('holds some ten thousand sessions as honest hosts make them', () => {
    const memory = new TlsMemory()
    for (let n = 0; n < 10_000; n++) memory.keepSession(`host ${n}`, Buffer.alloc(2000))
    expect(memory.session('host 0')).toBeDefined()
  })

  const failing = () => {
    const clock = { elapsed: 0 }
    const memory = new TlsMemory(() => clock.elapsed)
    const avoidedMs = () => {
      memory.broke('192.0.2.1')
      const since = clock.elapsed
      while (memory.isBroken('192.0.2.1')) clock.elapsed += minute
      return clock.elapsed - since
    }
    return { clock, memory, avoidedMs }
  }

  it('avoids TLS that broke for a minute, twice as long with each failure that follows, for an hour at most', () => {
    const { avoidedMs } = failing()
    const waits = Array.from({ length: 8 }, avoidedMs)
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((minutes) => minutes * minute))
    expect(waits.at(-1)).toBe(hour)
  })

  it('counts handshakes that fail together as one', () => {
    const { memory, avoidedMs } = failing()
    for (let n = 0; n < 5; n++) memory.broke('192.0.2.1')
    expect(avoidedMs()).toBe(minute)
  })

  it('begins anew after a handshake that worked', () => {
    const { memory, avoidedMs } = failing()
    for (let n = 0; n < 5; n++) avoidedMs()
    memory.broke('192.0.2.1')
    memory.forgive('192.0.2.1')
    expect(memory.isBroken('192.0.2.1')).toBe(false)
    expect(avoidedMs()).toBe(minute)
  })
})
