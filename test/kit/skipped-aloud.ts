import type { Reporter, TestModule } from 'vitest/node'

/** Says at the end of a run which tests did not run: a skipped guarantee must not look like a kept one. */
export default class SkippedAloud implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests('skipped')].map(
        (test) => `${module.moduleId}: ${test.fullName}`,
      ),
    )
    const count = skipped.length
    const line = count === 0 ? 'no test skipped' : `${count} skipped:\n  ${skipped.join('\n  ')}`
    process.stderr.write(`\n${line}\n`)
  }
}
