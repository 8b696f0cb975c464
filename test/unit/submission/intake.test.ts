import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import type { Answer } from '../../../src/store/protocol/answers.ts'
import { chunkBytes, type Command } from '../../../src/store/protocol/commands.ts'
import { ContentRules } from '../../../src/submission/content-rules.ts'
import { IntakeMemory } from '../../../src/submission/intake-memory.ts'
import { Intake } from '../../../src/submission/intake.ts'
import type { StorePort } from '../../../src/submission/store-port.ts'
import type { Principal } from '../../../src/words/principal.ts'

interface Sent {
  command: Command
  bytes: Buffer
  answer: (answer: Answer) => void
  fail: (error: Error) => void
}

/** A store whose answers the test gives by hand. */
class HandStore implements StorePort {
  connected = true
  epoch = 0
  readonly sent: Sent[] = []
  readonly #as: Principal[] = []

  as(principal: Principal): this {
    this.#as.push(principal)
    return this
  }

  /** In whose name the store was asked. */
  get names(): readonly Principal[] {
    return this.#as
  }

  send(command: Command, payload: Uint8Array | null = null): Promise<never> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.sent.push({
      command,
      bytes: Buffer.from(payload ?? []),
      answer: resolve,
      fail: reject,
    })
    return promise as Promise<never>
  }
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const by = { kind: 'account', id: 'demo' } as const
const received = Buffer.from('Received: ours\r\n')
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function open(maxBytes = 10 * chunkBytes) {
  const store = new HandStore()
  const moves: string[] = []
  const source = { pause: () => moves.push('pause'), resume: () => moves.push('resume') }
  const memory = new IntakeMemory()
  return {
    store,
    moves,
    memory,
    intake: new Intake(store, {
      by,
      received,
      maxBytes,
      rules: new ContentRules({ eightBit: 'send', longLines: 'send' }),
      source,
      memory,
      patienceMs: 60_000,
    }),
  }
}

const lines = (bytes: number): Buffer => Buffer.from(`X:${'x'.repeat(60)}\r\n`.repeat(bytes / 64))

describe('intake', () => {
  test('a small message is one piece, with our line in front, and asks nothing of the store', async () => {
    const { store, intake } = open()
    expect(intake.take(Buffer.from('Subject: s\r\n\r\nbody\r\n.\r\nNOOP\r\n'))).toBe(23)
    expect(await intake.finish()).toEqual({
      upload: null,
      rest: Buffer.from('Received: ours\r\nSubject: s\r\n\r\nbody\r\n'),
      sizeBytes: 36,
      header: { messageIdHeader: null, subject: 's', tag: null, received: 1 },
      has8bit: false,
    })
    expect(store.sent).toEqual([])
  })

  test.each([' Received: forged\r\n', 'Subject of a text\r\nSubject: s\r\n', 'From a@b Mon\r\n'])(
    'our line ends before a first line that is no field: %j',
    async (text) => {
      for (const at of [1, text.length]) {
        const { intake, memory } = open()
        intake.take(Buffer.from(text.slice(0, at)))
        intake.take(Buffer.from(`${text.slice(at)}.\r\n`))
        const rest = Buffer.from(`Received: ours\r\n\r\n${text}`)
        expect(await intake.finish()).toEqual({
          upload: null,
          rest,
          sizeBytes: rest.length,
          header: { messageIdHeader: null, subject: null, tag: null, received: 1 },
          has8bit: false,
        })
        expect(memory.bytes).toBe(rest.length)
        intake.abandon()
        expect(memory.bytes).toBe(0)
      }
    },
  )

  test('a large one goes ahead in whole pieces, in order, one upload, the client waiting for the store', async () => {
    const { store, intake, moves } = open()
    const content = lines(3 * chunkBytes)
    intake.take(content)
    expect(moves).toEqual(['pause'])
    await turn()
    // the second waits for the number that the first will bring
    expect(store.sent.map(({ command }) => command)).toEqual([{ kind: 'chunk', upload: null }])
    // By the name the store gives turns
    expect(store.names).toEqual([by])
    store.sent[0]?.answer({ kind: 'chunk', upload: 7 })
    await turn()
    store.sent[1]?.answer({ kind: 'chunk', upload: 7 })
    await turn()
    store.sent[2]?.answer({ kind: 'chunk', upload: 7 })
    await turn()
    expect(moves).toEqual(['pause', 'resume'])
    intake.take(Buffer.from('.\r\n'))
    const taken = await intake.finish()
    expect(taken).toMatchObject({ upload: 7, sizeBytes: received.length + content.length })
    expect(store.sent[1]?.command).toEqual({ kind: 'chunk', upload: 7 })
    const pieces = store.sent.map(({ bytes }) => bytes)
    expect(pieces.map(({ length }) => length)).toEqual([chunkBytes, chunkBytes, chunkBytes])
    const rest = 'rest' in taken ? taken.rest : Buffer.alloc(0)
    expect(Buffer.concat([...pieces, rest]).equals(Buffer.concat([received, content]))).toBe(true)
  })

  test('lines that begin with a dot take no more memory than others', async () => {
    const { intake, memory } = open()
    const heap = (): number => {
      collectGarbage()
      return process.memoryUsage().heapUsed
    }
    const before = heap()
    const dots = Math.floor(chunkBytes / 4)
    for (let sent = 0; sent < 3; sent++) intake.take(Buffer.from('..\r\n'.repeat(dots / 4)))
    expect(heap() - before).toBeLessThan(memory.bytes)
    intake.take(Buffer.from('.\r\n'))
    expect(await intake.finish()).toMatchObject({ sizeBytes: memory.bytes })
  })

  test('a refusal has the store drop what went ahead', async () => {
    const { store, intake } = open(2 * chunkBytes)
    intake.take(lines(chunkBytes))
    await turn()
    store.sent[0]?.answer({ kind: 'chunk', upload: 7 })
    await turn()
    intake.take(lines(2 * chunkBytes))
    await turn()
    expect(store.sent.at(-1)?.command).toEqual({ kind: 'abandon', upload: 7 })
    store.sent.at(-1)?.answer({ kind: 'ok' })
    intake.take(Buffer.from('.\r\n'))
    expect(await intake.finish()).toMatchObject({ code: 552, enhanced: '5.3.4' })
  })

  test('a full store is 452, one that fails is 451', async () => {
    for (const [answer, code] of [
      [{ kind: 'unavailable', cause: 'disk full' } as const, 452],
      [{ kind: 'fault', fault: 'x' } as const, 451],
      [new Error('gone'), 451],
    ] as const) {
      const { store, intake } = open()
      intake.take(lines(2 * chunkBytes))
      await turn()
      if (answer instanceof Error) store.sent[0]?.fail(answer)
      else store.sent[0]?.answer(answer)
      intake.take(Buffer.from('.\r\n'))
      expect(await intake.finish()).toMatchObject({ code })
    }
  })

  test('an upload is worth nothing once the connection to its store was lost', async () => {
    const { store, intake } = open()
    intake.take(lines(chunkBytes))
    await turn()
    store.sent[0]?.answer({ kind: 'chunk', upload: 7 })
    await turn()
    store.epoch++
    intake.take(lines(2 * chunkBytes))
    intake.take(Buffer.from('.\r\n'))
    expect(await intake.finish()).toMatchObject({ code: 451 })
    expect(store.sent).toHaveLength(1)
  })

  test('what was given to an accepting command is not abandoned any more', async () => {
    const { store, intake } = open()
    intake.take(lines(chunkBytes))
    await turn()
    store.sent[0]?.answer({ kind: 'chunk', upload: 7 })
    intake.take(Buffer.from('.\r\n'))
    expect(await intake.finish()).toMatchObject({ upload: 7 })
    intake.abandon()
    await turn()
    expect(store.sent).toHaveLength(1)
  })
})
