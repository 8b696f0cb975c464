import { describe, expect, it } from 'vitest'
import { firstLack } from '../../bench/requirements.ts'

describe('firstLack', () => {
  it('refuses a folder in memory, where an fsync costs nothing', () => {
    const lack = firstLack({ sides: ['sluice'], folder: '/dev/shm', before: null })
    expect(lack).toMatchObject({ exitCode: 78 })
    expect(lack?.text).toMatch(/in memory \(tmpfs\)/)
  })

  it('refuses a folder that is not there', () => {
    expect(firstLack({ sides: ['sluice'], folder: '/nowhere', before: null })).toMatchObject({
      exitCode: 78,
    })
  })

  it('refuses a checkout whose packages are not installed', () => {
    const lack = firstLack({ sides: ['sluice'], folder: import.meta.dirname, before: '/nowhere' })
    expect(lack).toMatchObject({ exitCode: 78 })
    expect(lack?.text).toContain('npm ci')
  })

  it('says how to install Postfix where it is missing, also when it is only the source and the sink', () => {
    const lack = firstLack(
      { sides: ['sluice'], folder: import.meta.dirname, before: null },
      '/nowhere',
    )
    expect(lack).toMatchObject({ exitCode: 69 })
    expect(lack?.text).toContain('apt-get install')
  })
})
