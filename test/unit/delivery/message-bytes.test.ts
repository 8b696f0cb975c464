import { describe, expect, it } from 'vitest'
import { MessageBytes } from '../../../src/delivery/message-bytes.ts'

function counted(limit: number) {
  const reads: number[] = []
  const bytes = new MessageBytes((message) => {
    reads.push(message)
    return [Buffer.from(`message ${message}`)]
  }, limit)
  return { reads, bytes }
}

describe('the bytes of messages in hand', () => {
  it('are read once for all jobs of a message', async () => {
    const { reads, bytes } = counted(100)
    expect(await bytes.take(1, 50)).toBe(await bytes.take(1, 50))
    expect(reads).toEqual([1])
  })

  it('stay in bounds: a message that does not fit waits until another is through', async () => {
    const { reads, bytes } = counted(100)
    await bytes.take(1, 60)
    const second = bytes.take(2, 60)
    await Promise.resolve()
    expect(reads).toEqual([1])
    bytes.giveBack(1)
    await second
    expect(reads).toEqual([1, 2])
  })

  it('let a message that is larger than the bound go alone', async () => {
    const { reads, bytes } = counted(100)
    await bytes.take(1, 5000)
    expect(reads).toEqual([1])
  })

  it('are let go of with the last job', async () => {
    const { reads, bytes } = counted(100)
    await bytes.take(1, 50)
    await bytes.take(1, 50)
    bytes.giveBack(1)
    await bytes.take(1, 50)
    expect(reads).toEqual([1])
    bytes.giveBack(1)
    bytes.giveBack(1)
    await bytes.take(1, 50)
    expect(reads).toEqual([1, 1])
  })

  it('take no room when they can not be read', async () => {
    const bytes = new MessageBytes((message) => {
      if (message === 1) throw new Error('damaged')
      return []
    }, 100)
    await expect(bytes.take(1, 90)).rejects.toThrow('damaged')
    expect(await bytes.take(2, 90)).toEqual([])
  })
})
