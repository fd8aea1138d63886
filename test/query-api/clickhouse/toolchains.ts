/**
 * Real clients of ClickHouse, each with its own runtime, fetched once per machine and kept outside of the repository:
 * the folder of each is named after what it is made from. Several test runs may fetch at once: each into a folder of its
 * own, and the first rename wins.
 */

import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** A program that prints one line of JSON for each way of compression; its arguments are the port and the SQL of all types. */
export type Client = {
  readonly name: string
  /** Why it cannot run here, or null. */
  readonly why_not: () => string | null
  readonly command: () => Promise<{ readonly file: string; readonly args: readonly string[] }>
}

const CLIENTS = join(import.meta.dirname, 'clients')

export const CLICKHOUSE_CONNECT: Client = {
  name: 'clickhouse-connect 1.12.0',
  why_not: () => missing('python3', ['--version']),
  async command() {
    const packages = ['clickhouse-connect==1.12.0', 'lz4==4.4.5', 'urllib3==2.8.0', 'certifi', 'backports.zstd==1.8.0']
    const home = await cached('clickhouse-connect', packages.join(' '), async (folder) => {
      await run('python3', ['-m', 'venv', folder])
      await run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...packages])
    })
    return { file: join(home, 'bin', 'python'), args: [join(CLIENTS, 'connect.py')] }
  },
}

export const JDBC: Client = {
  name: 'clickhouse-jdbc 0.9.4',
  why_not: () => missing('javac', ['-version']) ?? missing('mvn', ['--version']),
  async command() {
    const source = join(CLIENTS, 'Client.java')
    const home = await cached('clickhouse-jdbc', `${POM}${readFileSync(source, 'utf8')}`, async (folder) => {
      await writeFile(join(folder, 'pom.xml'), POM)
      const jars = `-DoutputDirectory=${join(folder, 'jars')}`
      await run('mvn', ['-q', '-B', '-f', join(folder, 'pom.xml'), 'dependency:copy-dependencies', jars])
      await run('javac', ['-d', join(folder, 'classes'), source])
    })
    const path = `${join(home, 'jars', '*')}:${join(home, 'classes')}`
    return { file: 'java', args: ['-Xmx300m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', path, 'Client'] }
  },
}

export const CLICKHOUSE_GO: Client = {
  name: 'clickhouse-go 2.50.0',
  why_not: () => missing('go', ['version']),
  async command() {
    const from = join(CLIENTS, 'go')
    const sources = ['go.mod', 'go.sum', 'main.go'].map((name) => readFileSync(join(from, name), 'utf8'))
    const home = await cached('clickhouse-go', sources.join('\n'), async (folder) => {
      cpSync(from, folder, { recursive: true })
      await run('go', ['build', '-o', join(folder, 'client'), '.'], folder)
    })
    return { file: join(home, 'client'), args: [] }
  },
}

export const CUBE: Client = {
  name: '@cubejs-backend/clickhouse-driver 1.7.43',
  why_not: () => missing('npm', ['--version']),
  async command() {
    const wanted = '@cubejs-backend/clickhouse-driver@1.7.43'
    const home = await cached('cube-clickhouse', wanted, async (folder) => {
      await writeFile(join(folder, 'package.json'), '{"private":true}')
      const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
      await run('npm', ['install', '--prefix', folder, ...quiet, wanted], folder)
    })
    return { file: process.execPath, args: [join(CLIENTS, 'cube.cjs'), home] }
  },
}

const POM = [
  '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
  '<groupId>omnify</groupId><artifactId>test-jdbc</artifactId><version>1</version><packaging>pom</packaging><dependencies>',
  '<dependency><groupId>com.clickhouse</groupId><artifactId>clickhouse-jdbc</artifactId><version>0.9.4</version>',
  // With everything it needs; what Maven would add beside it is the same once more.
  '<classifier>all</classifier><exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>',
  '<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.16</version></dependency>',
  '</dependencies></project>',
].join('\n')

const FETCH_TIMEOUT_MS = 300_000

async function cached(name: string, made_from: string, make: (folder: string) => Promise<void>): Promise<string> {
  const hash = createHash('sha256').update(made_from).digest('hex').slice(0, 12)
  const home = join(homedir(), '.cache', 'omnify', `${name}-${hash}`)
  if (existsSync(home)) return home
  await mkdir(dirname(home), { recursive: true })
  const temporary = await mkdtemp(`${home}-fetching-`)
  try {
    await make(temporary)
    await rename(temporary, home).catch((error: unknown) => {
      if (!existsSync(home)) throw error
    })
    return home
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

async function run(file: string, args: readonly string[], cwd?: string): Promise<void> {
  await promisify(execFile)(file, args, { timeout: FETCH_TIMEOUT_MS, ...(cwd === undefined ? {} : { cwd }) })
}

function missing(file: string, args: readonly string[]): string | null {
  return spawnSync(file, args).error === undefined ? null : `no ${file} on the path`
}
