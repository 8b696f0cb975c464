import { expect, test } from 'vitest'
import { encodeFrame, FrameReader, FrameTooLarge } from '../../../src/ipc/frames.ts'

const wire = (head: unknown, payload: Uint8Array | null = null): Buffer =>
  Buffer.concat(encodeFrame(head, payload))

test('frames come out whole and in order, however the stream is cut, byte by byte too', () => {
  const payload = Buffer.from([0, 255, 1, 254])
  const stream = Buffer.concat([wire({ id: 1 }, payload), wire('ü'), wire({ id: 2 }, payload)])
  for (let size = 1; size <= stream.length; size++) {
    const reader = new FrameReader()
    const frames = []
    for (let at = 0; at < stream.length; at += size)
      frames.push(...reader.push(stream.subarray(at, at + size)))
    expect(frames.map(({ head }) => head)).toEqual([{ id: 1 }, 'ü', { id: 2 }])
    expect(frames.map((frame) => [...frame.payload])).toEqual([[...payload], [], [...payload]])
  }
})

test('a frame of more than 8 MB is refused at its first eight bytes', () => {
  const prefix = Buffer.alloc(8)
  prefix.writeUInt32BE(8 * 1024 * 1024 + 1, 0)
  expect(() => new FrameReader().push(prefix)).toThrow('malformed')
})

test('a frame that the other side would refuse is not made', () => {
  const most = 8 * 1024 * 1024 - '"ü"'.length - 1
  expect(wire('ü', Buffer.alloc(most)).length).toBe(8 * 1024 * 1024 + 8)
  expect(() => wire('ü', Buffer.alloc(most + 1))).toThrow(FrameTooLarge)
})

test('a head longer than its frame is refused', () => {
  const prefix = Buffer.alloc(8)
  prefix.writeUInt32BE(4, 0)
  prefix.writeUInt32BE(5, 4)
  expect(() => new FrameReader().push(prefix)).toThrow('malformed')
})

test('a head that is no JSON is refused', () => {
  const frame = wire({ id: 1 })
  frame[8] = 0
  expect(() => new FrameReader().push(frame)).toThrow(SyntaxError)
})
