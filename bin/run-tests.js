#!/usr/bin/env node
import { runOnPinnedNode } from './setup.js'

const args = process.argv.slice(2)
// The closing line `N passed, N failed` is what continuous integration reads; a reporter of one's own replaces both.
const reporters = args.some((arg) => arg.startsWith('--reporter'))
  ? []
  : ['--reporter=default', '--reporter=./test/closing-line.ts']

await runOnPinnedNode({ script: 'node_modules/vitest/vitest.mjs', args: ['run', ...reporters, ...args], dev: true })
