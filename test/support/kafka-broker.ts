/**
 * A real Apache Kafka for tests: one KRaft node on 127.0.0.1 with free ports, its data in a temporary directory.
 * It dies with the process that started it, however that dies.
 */

import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dockerCommand, dockerPorts, whyNoDocker } from './kafka-docker.ts'
import { kafkaJars, whyNoJars } from './kafka-jars.ts'
import { freePort, type Guarded, spawnGuarded } from './kafka-process.ts'
import { serverProperties } from './kafka-properties.ts'

/** Three seconds on a quiet machine; a busy one has taken 60. */
const START_TIMEOUT_MS = 180_000

export type Broker = {
  /** For `brokers` of a client: `host:port`. */
  readonly brokers: string
  /** Its data, its settings and its log (`broker.log`); empty string for a broker that is not ours. */
  readonly dir: string
  /** Controlled shutdown, then the data is removed. */
  stop(): Promise<void>
  /** `kill -9`; the data stays for `restart`. */
  kill(): Promise<void>
  /** Stops it if it runs (controlled unless it was killed) and starts it again on the same port and data. */
  restart(): Promise<void>
}

export type BrokerOptions = {
  /** Added to server.properties. */
  readonly properties?: Readonly<Record<string, string>>
  /** For measurements of what a broker can do. Else its code is compiled as quickly as can be: most live for a minute. */
  readonly optimised?: boolean
}

/** Why no broker can be started here, or null when one can. `KAFKA_BROKERS` is another matter: see kafka-shared.ts. */
export function whyNoBroker(): string | null {
  const jars = whyNoJars()
  if (jars === null) return null
  const docker = whyNoDocker()
  return docker === null ? null : `${jars}; ${docker}`
}

export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const dir = await mkdtemp(join(tmpdir(), 'omnify-kafka-'))
  const [port, controllerPort] = [await freePort(), await freePort()]
  const launch =
    whyNoJars() === null
      ? await prepareJars(dir, serverProperties({ dir: join(dir, 'data'), port, controllerPort, ...options }), options)
      : dockerCommand(dir, dockerPorts(port), options.properties ?? {})
  const log = join(dir, 'broker.log')
  const run = async () => {
    const started = spawnGuarded(launch, log)
    await untilOpen(port, started, log)
    return started
  }
  let node = await run()
  return {
    brokers: `127.0.0.1:${port}`,
    dir,
    stop: async () => {
      await node.end('SIGTERM')
      await rm(dir, { recursive: true, force: true })
    },
    kill: () => node.end('SIGKILL'),
    restart: async () => {
      await node.end('SIGTERM')
      node = await run()
    },
  }
}

async function prepareJars(
  dir: string,
  properties: string,
  { optimised = false }: BrokerOptions,
): Promise<readonly string[]> {
  const classpath = join(await kafkaJars(), '*')
  const config = join(dir, 'server.properties')
  await writeFile(config, properties)
  const cluster = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url')
  await promisify(execFile)('java', [
    QUICK_COMPILER,
    '-cp',
    classpath,
    'kafka.tools.StorageTool',
    'format',
    '--standalone',
    // With an equals sign: one id in 64 begins with a hyphen, and would be taken for a flag.
    `--cluster-id=${cluster}`,
    '-c',
    config,
  ])
  return [
    'java',
    ...(optimised ? [] : [QUICK_COMPILER]),
    '-Xms256m',
    '-Xmx512m',
    '-XX:+UseSerialGC',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=info',
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    '-cp',
    classpath,
    'kafka.Kafka',
    config,
  ]
}

/** The first of two compilers of the JVM alone. */
const QUICK_COMPILER = '-XX:TieredStopAtLevel=1'

async function untilOpen(port: number, node: Guarded, log: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS
  while (!(await isOpen(port))) {
    if (!node.running() || performance.now() > deadline) {
      await node.end('SIGKILL')
      throw new Error(
        `the test broker did not start:\n${(await readFile(log, 'utf8')).split('\n').slice(-40).join('\n')}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => resolve(true) ?? socket.destroy())
    socket.once('error', () => resolve(false))
  })
}
