import { describe, expect, it } from 'vitest'
import type { Pieces } from '../../../src/delivery/client/mail.ts'
import { MessageBytes } from '../../../src/delivery/message-bytes.ts'

const mebibyte = 1024 * 1024

function counted() {
  const reads: string[] = []
  const reader = {
    content: (message: number) => {
      reads.push(`all of ${message}`)
      if (message === 13) return Promise.reject(new Error('damaged'))
      return Promise.resolve([Buffer.from(`message ${message}`)])
    },
    pieces: (message: number) => ({
      async *[Symbol.asyncIterator]() {
        for (let piece = 0; piece < 100; piece++) {
          reads.push(`${message}/${piece}`)
          yield await Promise.resolve(Buffer.from('x'))
        }
      },
    }),
  }
  return { reads, bytes: new MessageBytes(reader) }
}

async function firstPieces(pieces: Pieces, count: number): Promise<void> {
  let taken = 0
  for await (const piece of pieces) {
    expect(piece).toHaveLength(1)
    if (++taken === count) return
  }
}

describe('the bytes of a small message', () => {
  it('are read once for all jobs of the message', async () => {
    const { reads, bytes } = counted()
    expect(await bytes.take({ key: 1, sizeBytes: 50 })).toBe(
      await bytes.take({ key: 1, sizeBytes: 50 }),
    )
    expect(reads).toEqual(['all of 1'])
  })

  it('are let go of with the last job', async () => {
    const { reads, bytes } = counted()
    await bytes.take({ key: 1, sizeBytes: 50 })
    await bytes.take({ key: 1, sizeBytes: 50 })
    bytes.giveBack(1, false)
    await bytes.take({ key: 1, sizeBytes: 50 })
    expect(reads).toHaveLength(1)
    bytes.giveBack(1, false)
    bytes.giveBack(1, false)
    await bytes.take({ key: 1, sizeBytes: 50 })
    expect(reads).toHaveLength(2)
  })

  it('are kept for recipients that are still to be tried', async () => {
    const { reads, bytes } = counted()
    for (const forOthers of [true, true, false]) {
      await bytes.take({ key: 1, sizeBytes: 50 })
      bytes.giveBack(1, forOthers)
    }
    expect(reads).toHaveLength(1)
    await bytes.take({ key: 1, sizeBytes: 50 })
    expect(reads).toHaveLength(2)
  })

  it('are kept in bounded memory: those that lie longest unused go', async () => {
    const { reads, bytes } = counted()
    const sizeBytes = 60_000
    const use = async (key: number) => {
      await bytes.take({ key, sizeBytes })
      bytes.giveBack(key, true)
    }
    for (let key = 100; key < 300; key++) {
      await use(key)
      await use(100)
    }
    expect(reads).toHaveLength(200)
    await use(299)
    await use(100)
    expect(reads).toHaveLength(200)
    await use(101)
    expect(reads).toHaveLength(201)
  })

  it('are asked for again after they could not be read', async () => {
    const { reads, bytes } = counted()
    await expect(bytes.take({ key: 13, sizeBytes: 50 })).rejects.toThrow('damaged')
    await expect(bytes.take({ key: 13, sizeBytes: 50 })).rejects.toThrow('damaged')
    expect(reads).toHaveLength(2)
  })
})

describe('the bytes of a large message', () => {
  it('are read piece by piece, as they are wanted, and from the beginning for each job', async () => {
    const { reads, bytes } = counted()
    const pieces = await bytes.take({ key: 1, sizeBytes: mebibyte })
    expect(reads).toEqual([])
    await firstPieces(pieces, 2)
    await firstPieces(await bytes.take({ key: 1, sizeBytes: mebibyte }), 1)
    expect(reads).toEqual(['1/0', '1/1', '1/0'])
    bytes.giveBack(1, false)
    bytes.giveBack(1, false)
  })
})
