import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { summarize, type Machine } from './report.ts'

const fsyncSamples = 200

/** What the figures of this machine must be read with. `folder` lies on the disk that is measured. */
export function describeMachine(folder: string): Machine {
  return {
    cpus: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memory_mb: Math.round(totalmem() / 1024 / 1024),
    kernel: release(),
    file_system: fileSystemOf(folder, readFileSync('/proc/mounts', 'utf8')),
    fdatasync_ms: summarize(measureFsync(folder)),
  }
}

/** Type of the file system that holds a path: that of the longest mount point above it. */
export function fileSystemOf(path: string, mounts: string): string {
  let best = { point: '', type: 'unknown' }
  for (const line of mounts.split('\n')) {
    const [, point = '', type = ''] = line.split(' ')
    const holds = point === '/' || path === point || path.startsWith(`${point}/`)
    if (holds && point !== '' && point.length >= best.point.length) best = { point, type }
  }
  return best.type
}

function measureFsync(folder: string): number[] {
  const path = join(folder, `sluice-bench-${String(process.pid)}.fsync`)
  const file = openSync(path, 'w')
  const block = Buffer.alloc(4096, 1)
  try {
    return Array.from({ length: fsyncSamples }, () => {
      const start = performance.now()
      writeSync(file, block)
      fdatasyncSync(file)
      return performance.now() - start
    })
  } finally {
    closeSync(file)
    rmSync(path)
  }
}
