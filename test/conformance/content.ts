import { describe, expect, test } from 'vitest'
import { ContentGone, CorruptContent } from '../../src/store/protocol/reader.ts'
import { accept, messageTo, outcome } from '../kit/store.ts'
import { withEngine, type MakeEngine } from './engine.ts'

const bytesOf = (size: number) => Buffer.from(Array.from({ length: size }, (_, n) => (n * 7) % 256))

export function contentConformance(make: MakeEngine): void {
  describe('the bytes of a message', () => {
    test.each([0, 1, 262_144, 262_145, 1_000_000])(
      '%i of them come back as they were given, at once and in pieces',
      (size) =>
        withEngine(make, async ({ reader, ...engine }) => {
          const bytes = bytesOf(size)
          const key = await accept(engine, messageTo(['a@d.test'], { sizeBytes: size }), bytes)
          expect(Buffer.concat(await reader.content(key)).equals(bytes)).toBe(true)
          const pieces = await Array.fromAsync(reader.pieces(key))
          expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
        }),
    )

    test('are gone through from the beginning each time, and may be left early', () =>
      withEngine(make, async ({ reader, ...engine }) => {
        const sizeBytes = 1_000_000
        const bytes = bytesOf(sizeBytes)
        const key = await accept(engine, messageTo(['a@d.test'], { sizeBytes }), bytes)
        const pieces = reader.pieces(key)
        for await (const first of pieces) {
          expect(first.equals(bytes.subarray(0, first.length))).toBe(true)
          break
        }
        expect(Buffer.concat(await Array.fromAsync(pieces)).equals(bytes)).toBe(true)
      }))

    test('that are not what was written are told, and none of them after the place is given', () =>
      withEngine(make, async ({ reader, damage, ...engine }) => {
        const sizeBytes = 1_000_000
        const bytes = bytesOf(sizeBytes)
        const key = await accept(engine, messageTo(['a@d.test'], { sizeBytes }), bytes)
        const other = await accept(engine, messageTo(['a@d.test']))
        damage(key, 600_000)
        await expect(reader.content(key)).rejects.toThrow(CorruptContent)
        let given = 0
        const read = async () => {
          for await (const piece of reader.pieces(key)) given += piece.length
        }
        await expect(read()).rejects.toThrow(CorruptContent)
        expect(given).toBeLessThanOrEqual(600_000)
        expect(await reader.content(other)).toHaveLength(1)
      }))

    test('that are not there are gone, not damaged', () =>
      withEngine(make, async ({ reader, ...engine }) => {
        const key = await accept(engine, messageTo(['a@d.test']))
        await expect(reader.content(key + 1)).rejects.toThrow(ContentGone)
        await expect(Array.fromAsync(reader.pieces(key + 1))).rejects.toThrow(ContentGone)
        // Kept as long as somebody may need them
        await engine.send(outcome(key, { dueAt: 1 }))
        expect(await reader.content(key)).toHaveLength(1)
      }))
  })
}
