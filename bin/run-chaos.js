#!/usr/bin/env node
import { runOnPinnedNode } from './setup.js'

await runOnPinnedNode({ script: 'test/chaos/main.ts', args: process.argv.slice(2), dev: true })
