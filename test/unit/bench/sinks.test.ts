import { describe, expect, it } from 'vitest'
import { lastCount } from '../../bench/sinks.ts'

describe('lastCount', () => {
  it('reads the newest counter of smtp-sink', () => {
    expect(lastCount('sess=1 quit=0 mesg=9\rsess=1 quit=0 mesg=10\r')).toBe(10)
  })

  it('leaves out a counter that is still being written', () => {
    expect(lastCount('sess=1 quit=0 mesg=9\rsess=1 quit=0 mesg=1')).toBe(9)
  })

  it('is 0 before the first message', () => {
    expect(lastCount('')).toBe(0)
  })
})
