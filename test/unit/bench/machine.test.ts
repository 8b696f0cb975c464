import { describe, expect, it } from 'vitest'
import { fileSystemOf } from '../../bench/machine.ts'

describe('fileSystemOf', () => {
  const mounts = `/dev/vda / ext4 rw 0 0
tmpfs /var/tmp tmpfs rw 0 0
/dev/vdb /var/tmp/disk xfs rw 0 0
`
  it('is that of the nearest mount above the folder', () => {
    expect(fileSystemOf('/home/x', mounts)).toBe('ext4')
    expect(fileSystemOf('/var/tmp/x', mounts)).toBe('tmpfs')
    expect(fileSystemOf('/var/tmp/disk', mounts)).toBe('xfs')
    expect(fileSystemOf('/var/tmpfoo', mounts)).toBe('ext4')
  })
})
