import { describe, expect, it } from 'vitest'
import type { Greeting } from '../../../src/delivery/client/watch.ts'
import { sendJob } from '../../../src/delivery/send-job.ts'
import { eventually } from '../../kit/facts.ts'
import { startRemote, type Remote, type Script } from '../../kit/remote.ts'
import { answering, startRawHost, toCandidate } from './client/raw-host.ts'
import { hostsOf, mailTo, tools } from './sending.ts'

const mail = mailTo('x@y.example')

/** Ends the wait at hand when it is told to, as whoever shares out connections does. */
class CuttableGreeting implements Greeting {
  cutCause: string | null = null
  readonly seen: string[] = []
  #cut: (cause: string) => void = () => undefined

  awaitsGreeting(cut: (cause: string) => void): void {
    this.cutBy(cut)
  }

  cutBy(cut: (cause: string) => void): void {
    this.#cut = cut
  }

  greeted(): void {
    this.seen.push('greeted')
  }

  heard(): void {
    this.seen.push('heard')
  }

  hasMessage(): void {
    this.seen.push('has message')
  }

  cutNow(cause: string): void {
    this.cutCause = cause
    this.#cut(cause)
  }
}

describe('a host that is cut off for other mail', () => {
  it('is not followed by the next where it has not greeted', async () => {
    await using silent = await startRemote({ banner: { do: 'hang' } })
    await using next = await startRemote()
    const greeting = new CuttableGreeting()
    const way = { candidates: hostsOf(silent, next), connection: null, greeting }
    const sending = sendJob(way, mail, tools())
    await eventually('it is connected', () => (silent.open === 1 ? true : undefined))
    greeting.cutNow('other mail waited')
    const { findings, attempts, reached } = await sending
    expect(findings).toMatchObject([{ kind: 'lost', cause: 'other mail waited' }])
    expect(attempts).toMatchObject([{ text: 'other mail waited' }])
    expect(reached).toBe(false)
    expect(next.connections).toBe(0)
  })

  const saw = (verb: string) => (remote: Remote) =>
    remote.commands.some(({ line }) => line.startsWith(verb))
  for (const [step, script, stalls, kind] of [
    ['at EHLO', { ehlo: { do: 'hang' } }, saw('EHLO'), 'lost'],
    ['at STARTTLS', { starttls: { do: 'hang' } }, saw('STARTTLS'), 'lost'],
    ['at MAIL', { mail: { do: 'hang' } }, saw('MAIL'), 'lost'],
    ['at the final dot', { dot: { do: 'hang' } }, (one) => one.messages.length > 0, 'unknown'],
  ] as [string, Script, (remote: Remote) => boolean, string][]) {
    it(`is not followed by the next ${step}`, async () => {
      await using stalling = await startRemote(script, { tls: 'starttls' })
      await using next = await startRemote()
      const greeting = new CuttableGreeting()
      const candidates = [toCandidate(stalling.address, stalling.port), ...hostsOf(next)]
      const way = { candidates, connection: null, greeting }
      const known = tools()
      const sending = sendJob(way, mail, known)
      await eventually('it stalls', () => stalls(stalling) || undefined)
      greeting.cutNow('other mail waited')
      const { findings, connection } = await sending
      expect(findings).toMatchObject([{ kind, cause: 'other mail waited' }])
      expect([connection, stalling.connections, next.connections]).toEqual([null, 1, 0])
      expect(known.tlsMemory.isBroken(stalling.address)).toBe(false)
    })
  }

  it('is not followed by the next in the handshake of TLS, and its TLS is not taken for broken', async () => {
    await using stalling = await startRawHost((socket) => {
      answering({ EHLO: '250-raw.test\r\n250 STARTTLS\r\n', STARTTLS: '220 go on\r\n' })(socket)
    })
    await using next = await startRemote()
    const greeting = new CuttableGreeting()
    const candidates = [stalling.candidate, ...hostsOf(next)]
    const known = tools()
    const way = { candidates, connection: null, greeting }
    const sending = sendJob(way, mail, known)
    await eventually(
      'the handshake begins',
      () => stalling.heard().includes('\u0016\u0003') || undefined,
    )
    greeting.cutNow('other mail waited')
    const { findings } = await sending
    expect(findings).toMatchObject([{ kind: 'lost', cause: 'other mail waited' }])
    expect(next.connections).toBe(0)
    expect(known.tlsMemory.isBroken('127.0.0.1')).toBe(false)
  })

  it('is not followed by the next where its connection had idled, and is told of', async () => {
    let mails = 0
    await using stalling = await startRemote({
      mail: () => (++mails > 1 ? { do: 'hang' } : '250 ok'),
    })
    await using next = await startRemote()
    const first = await sendJob({ candidates: hostsOf(stalling), connection: null }, mail, tools())
    const greeting = new CuttableGreeting()
    const way = { candidates: hostsOf(next), connection: first.connection, greeting }
    const sending = sendJob(way, mail, tools())
    await eventually('it stalls', () => mails > 1 || undefined)
    greeting.cutNow('other mail waited')
    const { findings, attempts } = await sending
    expect(findings).toMatchObject([{ kind: 'lost', cause: 'other mail waited' }])
    expect(attempts).toMatchObject([{ text: 'other mail waited' }])
    expect([mails, next.connections]).toEqual([2, 0])
  })

  it('is told from one that works by its answers, and by when it has the whole message', async () => {
    await using remote = await startRemote()
    const greeting = new CuttableGreeting()
    const way = { candidates: hostsOf(remote), connection: null, greeting }
    const sent = await sendJob(way, mail, tools())
    sent.connection?.destroy()
    const { seen } = greeting
    expect(seen.slice(0, 2)).toEqual(['heard', 'greeted'])
    expect(seen.slice(-3)).toEqual(['heard', 'has message', 'heard'])
  })
})
