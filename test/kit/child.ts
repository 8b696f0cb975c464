import { spawn } from 'node:child_process'
import { onTestFinished } from 'vitest'

/** `spawn`, for a child that the test awaits itself, and that ends with it at the latest, also when it ran out of time. */
export const spawnForTest: typeof spawn = (...args: readonly unknown[]) => {
  const child = (spawn as (...all: readonly unknown[]) => ReturnType<typeof spawn>)(...args)
  onTestFinished(() => void child.kill('SIGKILL'))
  return child as never
}
