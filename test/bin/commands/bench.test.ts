import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import type { Flags } from '../../../bin/command.ts'
import { run } from '../../../bin/commands/bench.ts'

const bench = (args: readonly string[], flags: Flags = {}) =>
  run({
    args,
    flags,
    signal: new AbortController().signal,
    stdout: new Writable({ write: (_chunk, _encoding, done) => done() }),
    stderr: new Writable({ write: (_chunk, _encoding, done) => done() }),
  } as unknown as Parameters<typeof run>[0])

test.each<[readonly string[], Flags, string]>([
  [['lag'], {}, 'no benchmark "lag"; there are startup,'],
  [['log', 'nothing'], {}, 'no benchmark "nothing"'],
  [['readme', 'log'], {}, 'readme stands alone'],
  [['startup'], { events: '5000' }, 'startup has no --events'],
  [['log'], { log: 'kafka' }, 'log has no --log'],
  [['ysb'], { log: 'disk' }, '--log must be embedded or kafka, is "disk"'],
  [['ysb'], { log: 'embedded', topic: 't' }, '--topic is a topic of Kafka'],
  [['ysb'], { file: 'f', topic: 't' }, '--topic and --file exclude each other'],
  [['ysb'], { topic: 't' }, '--ads FILE is needed'],
  [['ysb'], { ads: 'a', topic: 't' }, '--truth FILE is needed'],
  [['ysb'], { out: 'd', seconds: '3' }, 'ysb has no --seconds'],
  [['ysb'], { log: 'kafka', record: true }, 'ysb is recorded as a whole, without --log'],
  [['nexmark'], { facts: true }, 'nexmark has no flag but --log'],
  [['log'], { events: '10' }, '--events must be a whole number from 1000'],
  [['replayed-year'], { events: '41' }, '--events must be a whole number from 42 to 1000'],
])('%j with %j is wrong use', async (args, flags, reason) => {
  await expect(bench(args, flags)).rejects.toThrow(reason)
})
