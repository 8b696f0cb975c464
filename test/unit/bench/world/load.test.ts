import { describe, expect, it } from 'vitest'
import { recipientsOf } from '../../../bench/world/bulk-load.ts'
import { busySeconds } from '../../../bench/world/others-cpu.ts'
import { peakRssOf } from '../../../bench/world/relay-watch.ts'

describe('recipientsOf', () => {
  it('gives each recipient a domain of its own', () => {
    expect(recipientsOf({ recipients: 2, domain: 'd#.many.example' }, 3)).toEqual([
      'u6@d6.many.example',
      'u7@d7.many.example',
    ])
  })

  it('goes round over a number of domains', () => {
    expect(recipientsOf({ recipients: 3, domain: 'd#.example', domains: 2 }, 1)).toEqual([
      'u3@d1.example',
      'u4@d0.example',
      'u5@d1.example',
    ])
  })
})

describe('busySeconds', () => {
  it('adds all but idle and waiting for the disk', () => {
    const stat = 'cpu  100 200 300 9000 800 10 20 30 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n'
    expect(busySeconds(stat)).toBe(6.6)
  })
})

describe('peakRssOf', () => {
  it('reads the peak and not the present', () => {
    expect(peakRssOf('Name:\tnode\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\n')).toBe(2_097_152)
  })
})
