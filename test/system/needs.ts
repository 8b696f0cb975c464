import { execFileSync } from 'node:child_process'

/** Whether this test may mount file systems. */
export const isRoot = process.getuid?.() === 0

/** Whether a program can be found. */
export function has(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], {
      env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
    })
    return true
  } catch {
    return false
  }
}
