import { describe, expect, it } from 'vitest'
import { TlsMemory } from '../../../../src/delivery/client/tls-memory.ts'
import { hour } from '../../../../src/time/clock.ts'

describe('what is remembered of the TLS of hosts', () => {
  it('holds no session that a host made larger than a session is', () => {
    const memory = new TlsMemory()
    memory.keepSession('192.0.2.1', Buffer.alloc(8192))
    memory.keepSession('192.0.2.2', Buffer.alloc(8193))
    expect(memory.session('192.0.2.1')).toHaveLength(8192)
    expect(memory.session('192.0.2.2')).toBeUndefined()
  })

  it('holds the sessions of 5,000 hosts, the newest', () => {
    const memory = new TlsMemory()
    for (let n = 0; n <= 5000; n++) memory.keepSession(`host ${n}`, Buffer.alloc(1))
    expect(memory.session('host 0')).toBeUndefined()
    expect(memory.session('host 1')).toBeDefined()
    expect(memory.session('host 5000')).toBeDefined()
  })

  it('forgets broken TLS after an hour in which time went by, whatever the wall clock does', () => {
    let elapsed = 0
    const memory = new TlsMemory(() => elapsed)
    memory.broke('192.0.2.1')
    elapsed += hour - 1
    expect(memory.isBroken('192.0.2.1')).toBe(true)
    elapsed += 1
    expect(memory.isBroken('192.0.2.1')).toBe(false)
  })
})
