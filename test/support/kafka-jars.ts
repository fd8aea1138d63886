/**
 * The Apache Kafka jars from Maven Central, fetched once per machine and kept outside of the repository.
 * 93 jars, 54 MB, about 7 s. Several test runs may fetch at once: each into a directory of its own, and the first
 * rename wins.
 */

import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

export const KAFKA_VERSION = '4.1.0'
/** Kafka is compiled for Java 17; an older one fails with UnsupportedClassVersionError. */
const JAVA_MAJOR_MIN = 17
const FETCH_TIMEOUT_MS = 300_000

/** @returns the directory that holds the jars. Throws with Maven's own words when they cannot be fetched. */
export async function kafkaJars(): Promise<string> {
  const home = join(homedir(), '.cache', 'omnify', `kafka-${KAFKA_VERSION}`)
  if (existsSync(home)) return home
  await mkdir(dirname(home), { recursive: true })
  const temporary = await mkdtemp(`${home}-fetching-`)
  try {
    await writeFile(join(temporary, 'pom.xml'), pom())
    const jars = join(temporary, 'jars')
    await promisify(execFile)(
      'mvn',
      [
        '--quiet',
        '--batch-mode',
        '-f',
        join(temporary, 'pom.xml'),
        'dependency:copy-dependencies',
        `-DoutputDirectory=${jars}`,
      ],
      { timeout: FETCH_TIMEOUT_MS },
    )
    await rename(jars, home).catch((error: unknown) => {
      if (!existsSync(home)) throw error
    })
    return home
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Why a broker cannot be run from jars on this machine, or null when it can. */
export function whyNoJars(): string | null {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' })
  if (java.error !== undefined) return 'no java on the path'
  const major = Number(/version "(\d+)/.exec(java.stderr)?.[1])
  if (!(major >= JAVA_MAJOR_MIN)) return `java is older than ${JAVA_MAJOR_MIN}: ${java.stderr.split('\n')[0]}`
  if (existsSync(join(homedir(), '.cache', 'omnify', `kafka-${KAFKA_VERSION}`))) return null
  return spawnSync('mvn', ['--version']).error === undefined ? null : 'no mvn on the path'
}

function pom(): string {
  const dependency = (group: string, artifact: string, version: string) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
    '<groupId>omnify</groupId><artifactId>test-broker</artifactId><version>1</version><packaging>pom</packaging>',
    '<dependencies>',
    dependency('org.apache.kafka', 'kafka_2.13', KAFKA_VERSION),
    dependency('org.apache.kafka', 'kafka-tools', KAFKA_VERSION),
    // Without a binding slf4j drops every line, and a broker that does not start says nothing.
    dependency('org.slf4j', 'slf4j-simple', '1.7.36'),
    '</dependencies></project>',
  ].join('\n')
}
