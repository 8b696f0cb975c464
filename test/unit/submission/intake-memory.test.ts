import { describe, expect, test } from 'vitest'
import type { Reply } from '../../../src/mail/reply.ts'
import type { Answer } from '../../../src/store/protocol/answers.ts'
import type { Command } from '../../../src/store/protocol/commands.ts'
import { ContentRules } from '../../../src/submission/content-rules.ts'
import { IntakeMemory } from '../../../src/submission/intake-memory.ts'
import { Intake, type Taken } from '../../../src/submission/intake.ts'
import { storeSlow } from '../../../src/submission/replies.ts'
import type { StorePort } from '../../../src/submission/store-port.ts'
import type { Principal } from '../../../src/words/principal.ts'

const received = Buffer.from('Received: ours\r\n')
/** As much as one read of a socket brings. */
const read = Buffer.from(`X:${'x'.repeat(60)}\r\n`.repeat(1024))
const limits = { mostAhead: 4 * 1024 * 1024, shortAt: 2 * 1024 * 1024 }
const clients = 100
const messageBytes = 2 * 1024 * 1024

/** A store that stands still, until it is told to go on. */
class StandingStore implements StorePort {
  connected = true
  epoch = 0
  stands = true
  #uploads = 0
  #waiting: (() => void)[] = []
  readonly bytes = new Map<number, number>()

  as(): this {
    return this
  }

  send(command: Command, payload: Uint8Array | null = null): Promise<never> {
    return this.#answer(command, payload) as Promise<never>
  }

  async #answer(command: Command, payload: Uint8Array | null): Promise<Answer> {
    if (this.stands) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    if (command.kind !== 'chunk') return { kind: 'ok' }
    const upload = command.upload ?? ++this.#uploads
    this.bytes.set(upload, (this.bytes.get(upload) ?? 0) + (payload?.length ?? 0))
    return { kind: 'chunk', upload }
  }

  /** Takes one piece, that which came first. */
  step(): void {
    this.#waiting.shift()?.()
  }

  get storedBytes(): number {
    return [...this.bytes.values()].reduce((sum, bytes) => sum + bytes, 0)
  }

  goOn(): void {
    this.stands = false
    for (const resolve of this.#waiting) resolve()
  }
}

/** A client that sends for as long as it is read. */
class Client {
  paused = false
  sent = 0
  readonly intake: Intake

  constructor(
    store: StorePort,
    memory: IntakeMemory,
    patienceMs: number,
    by: Principal = { kind: 'account', id: 'demo' },
  ) {
    const source = {
      pause: () => {
        this.paused = true
      },
      resume: () => {
        this.paused = false
      },
    }
    this.intake = new Intake(store, {
      by,
      received,
      maxBytes: 10_000_000,
      rules: new ContentRules({ eightBit: 'send', longLines: 'send' }),
      source,
      memory,
      patienceMs,
    })
  }

  /** One read of its socket, if there is one. */
  push(): boolean {
    if (this.paused || this.sent >= messageBytes) return false
    this.sent += read.length
    this.intake.take(read)
    return true
  }

  finish(): Promise<Taken | Reply> {
    this.intake.take(Buffer.from('.\r\n'))
    return this.intake.finish()
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function start(patienceMs = 60_000) {
  const store = new StandingStore()
  const memory = new IntakeMemory(limits)
  const all = Array.from({ length: clients }, () => new Client(store, memory, patienceMs))
  /** Reads all sockets until none may be read any more. */
  const drive = async (): Promise<void> => {
    for (;;) {
      const read = all.filter((client) => client.push())
      await turn()
      if (read.length === 0 && all.every(({ paused, sent }) => paused || sent >= messageBytes))
        return
    }
  }
  return { store, memory, all, drive }
}

describe('while the store stands still', () => {
  test('many clients with large messages take bounded memory together, and are made to wait', async () => {
    const { memory, all, drive } = start()
    await drive()
    expect(all.every(({ paused }) => paused)).toBe(true)
    expect(memory.bytes).toBeLessThan(limits.mostAhead + clients * 3 * read.length)
    for (const { intake } of all) intake.abandon()
  })

  test('each of them is refused with 452 when it has waited too long, and what it held is dropped', async () => {
    const { memory, all, drive } = start(50)
    const ahead = memory
    await drive()
    const replies = await Promise.all(
      all.map(async (client) => {
        while (client.paused) await new Promise((resolve) => setTimeout(resolve, 5))
        while (client.push());
        return await client.finish()
      }),
    )
    expect(new Set(replies)).toEqual(new Set([storeSlow]))
    // Only what the way to the store has is left.
    expect(ahead.bytes).toBeLessThan(limits.mostAhead + read.length)
  })

  test('a client that has sent all is refused, too, when the store does not take it', async () => {
    const { memory, all } = start(50)
    const [client] = all
    for (let reads = 0; reads < 5; reads++) client?.push()
    expect(memory.bytes).toBeGreaterThan(5 * read.length)
    expect(await client?.finish()).toBe(storeSlow)
  })

  test('all goes on when the store does: every message arrives whole, and nothing is left in memory', async () => {
    const { store, memory, all, drive } = start()
    await drive()
    store.goOn()
    await drive()
    const taken = await Promise.all(all.map((client) => client.finish()))
    const sizes = taken.map((each) => ('sizeBytes' in each ? each.sizeBytes : each.text))
    expect(new Set(sizes)).toEqual(new Set([received.length + messageBytes]))
    const rests = taken.reduce((sum, each) => sum + ('rest' in each ? each.rest.length : 0), 0)
    expect(store.storedBytes + rests).toBe(clients * (received.length + messageBytes))
    for (const { intake } of all) intake.abandon()
    expect(memory.bytes).toBe(0)
  })
})

test('a client has its turns beside the hundred connections of another submitter, at the pace of a submitter', async () => {
  const { store, memory, all } = start()
  const one = new Client(store, memory, 60_000, { kind: 'network', id: '10.0.0.0/16' })
  while (one.sent < messageBytes || one.paused) {
    for (const client of [...all, one]) client.push()
    await turn()
    store.step()
  }
  // Each of its pieces stood behind what was on its way, and not behind one of each connection
  expect(store.storedBytes).toBeLessThan((clients * messageBytes) / 3)
  for (const { intake } of [...all, one]) intake.abandon()
})
