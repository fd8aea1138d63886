import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bannedCalls, silencedCompiler, staleExceptions } from './house/call-rules.ts'
import { brokenImports, cycles, importTable, pureImports, siblings } from './house/import-rules.ts'
import { barrels, copiedBlocks, longFiles, unreachable } from './house/shape-rules.ts'
import { makeTree, readTree, type Tree } from './house/tree.ts'

type Rule = (tree: Tree) => string[]
type Case = { rule: Rule; files: Record<string, string>; found: readonly string[] }

const block = Array.from({ length: 12 }, (_, line) => `  const step${line} = ${line} + input`).join('\n')

/** For each rule a small house that breaks it: a check that cannot fail checks nothing. */
const BROKEN: readonly Case[] = [
  {
    rule: importTable,
    files: {
      'schemas/a.ts': `import { b } from '../models/b.ts'`,
      'models/b.ts': 'export const b = 1',
      'pipelines/c.ts': `import type { D } from '../ingest/d.ts'`,
      'ingest/d.ts': `export { e } from '../query-api/e.ts'`,
      'query-api/e.ts': `const { f } = await import('../bin/f.ts')`,
      'bin/f.ts': `import '../test/g.ts'`,
      'test/g.ts': `import { b } from '../models/b.ts'`,
    },
    found: [
      'schemas/a.ts → models/b.ts: schemas may not import models',
      'pipelines/c.ts → ingest/d.ts: pipelines may not import ingest',
      'ingest/d.ts → query-api/e.ts: ingest may not import query-api',
      'query-api/e.ts → bin/f.ts: query-api may not import bin',
      'bin/f.ts → test/g.ts: bin may not import test',
    ],
  },
  {
    rule: importTable,
    files: {
      'ingest/world/draw.ts': `import '../accept.ts'\nimport './money.ts'\nimport '../../schemas/money.ts'`,
      'ingest/world/money.ts': '',
      'ingest/accept.ts': '',
      'schemas/money.ts': '',
    },
    found: ['ingest/world/draw.ts → ingest/accept.ts: the world imports schemas only, so that its truth is its own'],
  },
  {
    rule: siblings,
    files: {
      'ingest/connectors/meta/pull.ts': `import '../ga4/pull.ts'\nimport './page.ts'\nimport '../../http.ts'`,
      'ingest/connectors/meta/page.ts': '',
      'ingest/connectors/ga4/pull.ts': '',
      'ingest/http.ts': '',
      'models/ltv.ts': `import './fatigue/fit.ts'\nimport './math/beta.ts'`,
      'models/fatigue/fit.ts': '',
      'models/math/beta.ts': '',
      'pipelines/facts/stage.ts': `import '../windows/stage.ts'\nimport '../runner/runner.ts'`,
      'pipelines/windows/stage.ts': '',
      'pipelines/runner/runner.ts': '',
    },
    found: [
      'ingest/connectors/meta/pull.ts → ingest/connectors/ga4/pull.ts: ingest/connectors/meta and ingest/connectors/ga4 are siblings',
      'models/ltv.ts → models/fatigue/fit.ts: models/ltv and models/fatigue are siblings',
      'pipelines/facts/stage.ts → pipelines/windows/stage.ts: pipelines/facts and pipelines/windows are siblings',
    ],
  },
  {
    rule: brokenImports,
    files: { 'bin/a.ts': `import { b } from './b'\nimport 'zod'\nimport { c } from './c.ts'`, 'bin/c.ts': '' },
    found: ['bin/a.ts → ./b: no such file'],
  },
  {
    rule: pureImports,
    files: { 'models/a.ts': `import { readFileSync } from 'node:fs'`, 'bin/b.ts': `import 'node:fs'` },
    found: ['models/a.ts → node:fs: pure folders import nothing of Node'],
  },
  {
    rule: cycles,
    files: {
      'bin/a.ts': `import './b.ts'`,
      'bin/b.ts': `import type { C } from './c.ts'`,
      'bin/c.ts': `import { a } from './a.ts'`,
      'test/whole.ts': `import './part.ts'`,
      'test/part.ts': `import type { Whole } from './whole.ts'`,
    },
    found: ['bin/a.ts → bin/b.ts → bin/c.ts → bin/a.ts'],
  },
  {
    rule: bannedCalls,
    files: {
      'pipelines/a.ts': [
        'const now = Date.now()',
        'const later = new Date()',
        'const right = new Date(clock())',
        '// Date.now() in a comment, /* and */ "Math.random()" in a string:',
        `const text = 'Math.random()' + \`console.log \${Math.random()}\``,
        'const quotient = a / b / process.env.RATE',
        'console.log(text)',
        'const loose = value as any',
      ].join('\n'),
      'pipelines/clock.ts': 'export const systemClock = () => Date.now()',
      'schemas/b.ts': 'const started_ms = performance.now()',
      'bin/c.ts': 'console.error(1)',
      'test/d.test.ts': `test.only('x', () => {})\nit.skipIf(process.env.NO_KAFKA)('y', () => Date.now())`,
    },
    found: [
      'pipelines/a.ts:1',
      'pipelines/a.ts:2',
      'pipelines/a.ts:5',
      'pipelines/a.ts:6',
      'pipelines/a.ts:7',
      'pipelines/a.ts:8',
      'schemas/b.ts:1',
      'test/d.test.ts:1',
    ],
  },
  {
    rule: silencedCompiler,
    files: { 'bin/a.ts': '// @ts-ignore\nconst wrong: number = "1"\nconst text = "// @ts-ignore"' },
    found: ['bin/a.ts:1'],
  },
  {
    rule: barrels,
    files: { 'models/index.ts': '', 'models/a.ts': `export * from './b.ts'`, 'models/b.ts': 'export {}' },
    found: ['models/index.ts: no index files', 'models/a.ts: no export *'],
  },
  {
    rule: unreachable,
    files: {
      'bin/omnify.js': `run({ script: 'bin/main.ts' })`,
      'bin/main.ts': `const load = () => import('./a.ts')`,
      'bin/a.ts': `fork(new URL('../pipelines/child.ts', import.meta.url))`,
      'pipelines/child.ts': '',
      'models/forgotten.ts': `import './beside.ts'`,
      'models/beside.ts': '',
      'test/models/forgotten.test.ts': `import '../../models/forgotten.ts'\nimport '../support/used.ts'`,
      'test/support/used.ts': '',
      'test/support/unused.ts': '',
    },
    found: ['models/forgotten.ts', 'models/beside.ts', 'test/support/unused.ts'],
  },
  {
    rule: longFiles,
    files: { 'bin/a.ts': '\n'.repeat(250), 'bin/b.ts': '\n'.repeat(249), 'test/c.test.ts': '\n'.repeat(400) },
    found: ['bin/a.ts: 251 lines, at most 250', 'test/c.test.ts: 401 lines, at most 400'],
  },
  {
    rule: copiedBlocks,
    files: {
      'models/a.ts': `export function a(input: number) {\n${block}\n}`,
      'models/b.ts': `import { x } from './x.ts'\n\nexport function b(input: number) {\n  // as in a\n${block}\n}`,
      'test/c.test.ts': `export function c(input: number) {\n${block}\n}`,
    },
    found: ['models/b.ts:5 repeats models/a.ts:2'],
  },
]

const RULES: readonly Rule[] = [...new Set(BROKEN.map(({ rule }) => rule)), staleExceptions]

describe('the checks can fail', () => {
  test.each(BROKEN)('$rule.name finds $found', ({ rule, files, found }) => {
    // A rule that reports places adds the text of the line; here the place is enough.
    const reported = rule(makeTree(files)).map((one) => /^[^ ]+:\d+(?=: )/.exec(one)?.[0] ?? one)
    expect(reported).toEqual(found)
  })

  test('staleExceptions finds an exception that nothing needs any more', () => {
    const stale = staleExceptions(makeTree({ 'pipelines/clock.ts': 'export const systemClock = () => Date.now()' }))
    expect(stale.filter((line) => line.startsWith('pipelines/clock.ts'))).toEqual([
      'pipelines/clock.ts needs no exception from /\\bMath\\.random\\b/',
    ])
  })
})

describe('this house', () => {
  const tree = readTree(dirname(import.meta.dirname))

  test('was read', () => {
    expect(tree.has('bin/main.ts')).toBe(true)
    expect(tree.get('bin/main.ts')!.imports.map(({ target }) => target)).toContain('bin/dispatch.ts')
  })

  test.each(RULES.map((rule) => ({ name: rule.name, rule })))('keeps $name', ({ rule }) => {
    expect(rule(tree)).toEqual([])
  })
})
