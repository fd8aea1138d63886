import { expect, test } from 'vitest'
import type { TestModule } from 'vitest/node'
import { closingLine } from './closing-line.ts'

function module(states: readonly string[], errors: readonly string[] = []): TestModule {
  return {
    errors: () => errors,
    children: {
      allTests: () => states.map((state) => ({ result: () => ({ state }) })),
      allSuites: () => [],
    },
  } as unknown as TestModule
}

test.each([
  [[module(['passed', 'passed']), module(['passed'])], [], '3 passed, 0 failed'],
  [[module(['passed', 'failed', 'skipped', 'pending'])], [], '1 passed, 1 failed, 2 skipped'],
  [[module([], ['SyntaxError'])], [], '0 passed, 1 failed'],
  [[module(['passed'])], [new Error('outside of a test')], '1 passed, 1 failed'],
  [[], [], '0 passed, 0 failed'],
])('%#', (modules, unhandled, line) => {
  expect(closingLine(modules, unhandled)).toBe(line)
})
