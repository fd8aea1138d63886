import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Files that take half a minute or more begin first, the longest at the very beginning, so that no worker is left with one
 * of them when the others have nothing to do any more. Without a cache of earlier runs, as in a fresh clone, vitest goes
 * by the size of files, and the longest are a few lines.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    // What shares processes stays behind what does not: vitest ends a shared process when another kind of file is next.
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b))
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONG.findIndex((part) => moduleId.includes(part))
  return rank < 0 ? LONG.length : rank
}

const LONG = [
  '/test/benchmarks/smoke.test.ts',
  '/test/chaos/kafka.test.ts',
  '/test/chaos/embedded.test.ts',
  '/test/benchmarks/smoke-streams.test.ts',
  '/test/e2e/cdnow.test.ts',
  '/test/e2e/known-answer.test.ts',
  '/test/chaos/',
  '/test/e2e/',
]
