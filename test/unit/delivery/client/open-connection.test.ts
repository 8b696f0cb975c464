import { describe, expect, it } from 'vitest'
import type { Greeting } from '../../../../src/delivery/client/watch.ts'
import { openConnection } from '../../../../src/delivery/client/open-connection.ts'
import { eventually } from '../../../kit/facts.ts'
import { TlsMemory } from '../../../../src/delivery/client/tls-memory.ts'
import { minute } from '../../../../src/time/clock.ts'
import { startRemote } from '../../../kit/remote.ts'
import { answering, connectTools, startRawHost, toCandidate, WaitingTime } from './raw-host.ts'

describe('the first line of a greeting', () => {
  it('is the host’s first word, though it takes its time over the rest', async () => {
    const told: string[] = []
    await using host = await startRawHost((socket) => {
      socket.write('220-mx.test waits\r\n')
    })
    const watch: Greeting = {
      awaitsGreeting: () => told.push('opens'),
      cutBy: () => undefined,
      greeted: () => told.push('greeted'),
      heard: () => told.push('heard'),
      hasMessage: () => undefined,
      cutCause: null,
    }
    const tools = connectTools()
    const opening = openConnection(host.candidate, tools, watch)
    await eventually('the first word', () => (told.includes('greeted') ? true : undefined))
    expect(told).toEqual(['opens', 'greeted', 'heard'])
    tools.deadlines.cutOff()
    await opening
  })
})

describe('a new connection', () => {
  it('goes under TLS where it is offered, whoever signed the certificate, and asks again what is offered', async () => {
    await using remote = await startRemote({}, { tls: 'starttls' })
    const opened = await openConnection(toCandidate(remote.address, remote.port), connectTools())
    expect(opened).toMatchObject({
      kind: 'opened',
      connection: { tls: expect.stringContaining('TLSv1') as string },
    })
    expect(remote.commands.map(({ line }) => line)).toEqual([
      'EHLO relay.test',
      'STARTTLS',
      'EHLO relay.test',
    ])
    if (opened.kind === 'opened') opened.connection.destroy()
  })

  it('goes on in the clear where TLS breaks, and remembers it', async () => {
    await using remote = await startRemote({}, { tls: 'broken' })
    const tools = connectTools()
    const candidate = toCandidate(remote.address, remote.port)
    const first = await openConnection(candidate, tools)
    expect(first).toMatchObject({ kind: 'opened', connection: { tls: null } })
    const connectionsBefore = remote.connections
    const second = await openConnection(candidate, tools)
    expect(second).toMatchObject({ kind: 'opened', connection: { tls: null } })
    expect(remote.connections).toBe(connectionsBefore + 1)
    for (const opened of [first, second]) if (opened.kind === 'opened') opened.connection.destroy()
  })

  it('forgets that TLS broke when it works again', async () => {
    await using remote = await startRemote({}, { tls: 'starttls' })
    let elapsed = 0
    const tlsMemory = new TlsMemory(() => elapsed)
    tlsMemory.broke(remote.address)
    elapsed += minute
    const candidate = toCandidate(remote.address, remote.port)
    const opened = await openConnection(candidate, { ...connectTools(), tlsMemory })
    tlsMemory.broke(remote.address)
    elapsed += minute
    expect(tlsMemory.isBroken(remote.address)).toBe(false)
    if (opened.kind === 'opened') opened.connection.destroy()
  })

  it('is not made in the clear as the relay ends, nor is TLS taken for broken that it had no time for', async () => {
    let connections = 0
    await using host = await startRawHost((socket) => {
      connections++
      answering({ EHLO: '250-raw.test\r\n250 STARTTLS\r\n', STARTTLS: '220 go\r\n' })(socket)
    })
    const tools = connectTools()
    const opening = openConnection(host.candidate, tools)
    await eventually('the handshake begins', () => host.heard().includes('\u0016') || undefined)
    tools.deadlines.cutShort()
    expect(await opening).toMatchObject({ kind: 'failed', reply: null })
    expect(connections).toBe(1)
    expect(tools.tlsMemory.isBroken('127.0.0.1')).toBe(false)
  })

  it('goes on in the clear, on the same connection, where TLS is not wanted now', async () => {
    await using remote = await startRemote({ starttls: '454 4.7.0 not now' }, { tls: 'starttls' })
    const tools = connectTools()
    const opened = await openConnection(toCandidate(remote.address, remote.port), tools)
    expect(opened).toMatchObject({ kind: 'opened', connection: { tls: null } })
    expect(remote.connections).toBe(1)
    expect(tools.tlsMemory.isBroken(remote.address)).toBe(false)
    if (opened.kind !== 'opened') return
    const [reply] = await opened.connection.exchange('NOOP\r\n', 1, 20_000)
    expect(reply?.code).toBe(250)
    opened.connection.destroy()
  })

  it('fails where the host refuses under TLS, and is never made in the clear for that', async () => {
    const greetings = ['250-raw.test\r\n250 STARTTLS', '421 4.3.2 busy']
    await using remote = await startRemote(
      { ehlo: () => greetings.shift() ?? '250 raw.test' },
      { tls: 'starttls' },
    )
    const tools = connectTools()
    const opened = await openConnection(toCandidate(remote.address, remote.port), tools)
    expect(opened).toMatchObject({ kind: 'failed', reply: { code: 421 } })
    expect(remote.connections).toBe(1)
    expect(tools.tlsMemory.isBroken(remote.address)).toBe(false)
  })

  it('fails where the host answers STARTTLS with 421', async () => {
    await using remote = await startRemote({ starttls: '421 bye' }, { tls: 'starttls' })
    const opened = await openConnection(toCandidate(remote.address, remote.port), connectTools())
    expect(opened).toMatchObject({ kind: 'failed', reply: { code: 421 } })
    expect(remote.connections).toBe(1)
  })

  it('takes nothing that was slipped in before TLS for an answer under TLS', async () => {
    await using host = await startRawHost(
      answering({
        EHLO: '250-raw.test\r\n250 STARTTLS\r\n',
        STARTTLS: '220 go\r\n250-evil\r\n250 PIPELINING\r\n',
      }),
    )
    const opened = await openConnection(host.candidate, connectTools())
    expect(opened.kind).toBe('opened')
    if (opened.kind !== 'opened') return
    expect(opened.connection.tls).toBeNull()
    expect(opened.connection.extensions.pipelining).toBe(false)
    opened.connection.destroy()
  })

  it('falls back to HELO with a host of the old kind', async () => {
    await using host = await startRawHost(answering({ EHLO: '502 what\r\n', HELO: '250 hi\r\n' }))
    const opened = await openConnection(host.candidate, connectTools())
    expect(opened).toMatchObject({
      kind: 'opened',
      connection: { extensions: { pipelining: false } },
    })
    if (opened.kind === 'opened') opened.connection.destroy()
  })

  it('is none where the host refuses in its greeting, and says how', async () => {
    await using host = await startRawHost(answering({}, '554 5.7.1 not you'))
    const opened = await openConnection(host.candidate, connectTools())
    expect(opened).toMatchObject({ kind: 'failed', reply: { code: 554, enhanced: '5.7.1' } })
  })

  it('is none where nobody listens', async () => {
    const host = await startRawHost(() => undefined)
    await host[Symbol.asyncDispose]()
    const opened = await openConnection(host.candidate, connectTools())
    expect(opened).toEqual({
      kind: 'failed',
      cause: 'connection refused',
      enhanced: '4.4.1',
      reply: null,
      left: null,
      local: false,
      refused: true,
    })
  })

  it('is none where the host greets with something else than SMTP', async () => {
    await using host = await startRawHost((socket) => socket.write('SSH-2.0-OpenSSH_9.2p1\r\n'))
    const opened = await openConnection(host.candidate, connectTools())
    expect(opened).toMatchObject({
      kind: 'failed',
      cause: expect.stringContaining('not a reply') as string,
    })
  })

  it('is none where the host says nothing in time', async () => {
    await using host = await startRawHost(() => undefined)
    const opened = await openConnection(host.candidate, connectTools(1))
    expect(opened).toMatchObject({ kind: 'failed', cause: 'timed out waiting for the host' })
  })
})

describe('a connection that we end', () => {
  /** Says something ten times a second for as long as it is connected, and never ends it. */
  const trickling = (answers: Record<string, string>, banner?: string) => {
    const gone = Promise.withResolvers<undefined>()
    const host = startRawHost((socket) => {
      answering(answers, banner)(socket)
      const trickle = setInterval(() => socket.write('2'), 100)
      socket.on('close', () => {
        clearInterval(trickle)
        gone.resolve(undefined)
      })
    })
    return { host, gone: gone.promise }
  }
  it('is gone after a few seconds, however much the host goes on saying', async () => {
    const { host, gone } = trickling({ EHLO: '250 raw.test\r\n' })
    await using raw = await host
    const time = new WaitingTime()
    const { deadlines } = time
    const opened = await openConnection(raw.candidate, { ...connectTools(), deadlines })
    if (opened.kind !== 'opened') throw new Error(opened.cause)
    let left = false
    opened.connection.quit(() => (left = true))
    await eventually('QUIT is heard', () => (raw.heard().includes('QUIT') ? true : undefined))
    expect(left).toBe(false)
    time.aheadMs = 5001
    await gone
    expect(left).toBe(true)
  })

  it('is gone after a few seconds, also where the host never wanted us', async () => {
    const { host, gone } = trickling({}, '554 go away')
    await using raw = await host
    const time = new WaitingTime()
    const { deadlines } = time
    const opened = await openConnection(raw.candidate, { ...connectTools(), deadlines })
    expect(opened.kind).toBe('failed')
    await eventually('QUIT is heard', () => (raw.heard().includes('QUIT') ? true : undefined))
    time.aheadMs = 5001
    await gone
  })
})
