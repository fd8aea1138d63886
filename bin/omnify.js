#!/usr/bin/env node
import { runOnPinnedNode } from './setup.js'

await runOnPinnedNode({ script: 'bin/main.ts', args: process.argv.slice(2), dev: false })
