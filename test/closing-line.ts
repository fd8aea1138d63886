import type { Reporter, SerializedError, TestModule } from 'vitest/node'

/**
 * Closes a run with `N passed, N failed` alone on a line, which is what continuous integration reads. A file that
 * cannot be loaded and an error outside of any test count as failed: they are tests that could not even begin.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    // After the default reporter has written its own summary.
    process.once('exit', () => process.stdout.write(`\n${closingLine(modules, unhandled)}\n`))
  }
}

export function closingLine(modules: readonly TestModule[], unhandled: readonly unknown[]): string {
  const tests = modules.flatMap((module) => [...module.children.allTests()])
  const count = (state: string) => tests.filter((test) => test.result().state === state).length
  const suites = modules.flatMap((module) => [module, ...module.children.allSuites()])
  const failed = count('failed') + suites.filter((suite) => suite.errors().length > 0).length + unhandled.length
  const skipped = tests.length - count('passed') - count('failed')
  return `${count('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
