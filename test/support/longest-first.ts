import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Files that take a minute or more begin first, so that no worker is left with one of them when the other has nothing to
 * do any more. Without a cache of earlier runs, as in a fresh clone, vitest goes by the size of files, and some of the
 * longest are a few lines.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

function isLong({ moduleId }: TestSpecification): boolean {
  return LONG.some((part) => moduleId.includes(part))
}

const LONG = ['/test/chaos/', '/test/benchmarks/smoke', '/test/e2e/']
