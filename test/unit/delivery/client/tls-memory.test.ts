import { describe, expect, it } from 'vitest'
import { TlsMemory } from '../../../../src/delivery/client/tls-memory.ts'
import { systemClock } from '../../../../src/time/clock.ts'

describe('what is remembered of the TLS of hosts', () => {
  it('holds no session that a host made larger than a session is', () => {
    const memory = new TlsMemory(systemClock)
    memory.keepSession('192.0.2.1', Buffer.alloc(8192))
    memory.keepSession('192.0.2.2', Buffer.alloc(8193))
    expect(memory.session('192.0.2.1')).toHaveLength(8192)
    expect(memory.session('192.0.2.2')).toBeUndefined()
  })

  it('holds the sessions of 5,000 hosts, the newest', () => {
    const memory = new TlsMemory(systemClock)
    for (let n = 0; n <= 5000; n++) memory.keepSession(`host ${n}`, Buffer.alloc(1))
    expect(memory.session('host 0')).toBeUndefined()
    expect(memory.session('host 1')).toBeDefined()
    expect(memory.session('host 5000')).toBeDefined()
  })
})
