import { describe, expect, it } from 'vitest'
import { MessageBytes } from '../../../src/delivery/message-bytes.ts'

const mebibyte = 1024 * 1024

function counted() {
  const reads: string[] = []
  const reader = {
    content: (message: number) => {
      reads.push(`all of ${message}`)
      if (message === 13) throw new Error('damaged')
      return [Buffer.from(`message ${message}`)]
    },
    pieces: (message: number) => ({
      *[Symbol.iterator]() {
        for (let piece = 0; piece < 100; piece++) {
          reads.push(`${message}/${piece}`)
          yield Buffer.from('x')
        }
      },
    }),
  }
  return { reads, bytes: new MessageBytes(reader) }
}

describe('the bytes of a small message', () => {
  it('are read once for all jobs of the message', () => {
    const { reads, bytes } = counted()
    expect(bytes.take(1, 50)).toBe(bytes.take(1, 50))
    expect(reads).toEqual(['all of 1'])
  })

  it('are let go of with the last job', () => {
    const { reads, bytes } = counted()
    bytes.take(1, 50)
    bytes.take(1, 50)
    bytes.giveBack(1)
    bytes.take(1, 50)
    expect(reads).toHaveLength(1)
    bytes.giveBack(1)
    bytes.giveBack(1)
    bytes.take(1, 50)
    expect(reads).toHaveLength(2)
  })

  it('are asked for again after they could not be read', () => {
    const { reads, bytes } = counted()
    expect(() => bytes.take(13, 50)).toThrow('damaged')
    expect(() => bytes.take(13, 50)).toThrow('damaged')
    expect(reads).toHaveLength(2)
  })
})

describe('the bytes of a large message', () => {
  it('are read piece by piece, as they are wanted, and from the beginning for each job', () => {
    const { reads, bytes } = counted()
    const pieces = bytes.take(1, mebibyte)
    expect(reads).toEqual([])
    const two = pieces[Symbol.iterator]()
    two.next()
    two.next()
    bytes.take(1, mebibyte)[Symbol.iterator]().next()
    expect(reads).toEqual(['1/0', '1/1', '1/0'])
    bytes.giveBack(1)
    bytes.giveBack(1)
  })
})
