/** Apache Kafka's own image, for machines that have Docker and no Java. */

import { spawnSync } from 'node:child_process'
import { basename } from 'node:path'
import { KAFKA_VERSION } from './kafka-jars.ts'
import { SMALL } from './kafka-properties.ts'

/** Why Docker cannot be used, or null when it can. */
export function whyNoDocker(): string | null {
  const docker = spawnSync('docker', ['info'], { encoding: 'utf8', timeout: 10_000 })
  if (docker.error !== undefined) return 'no docker on the path'
  return docker.status === 0 ? null : 'the docker daemon does not answer'
}

export function dockerPorts(port: number): Readonly<Record<string, string>> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': '1@localhost:9093',
    listeners: `PLAINTEXT://0.0.0.0:${port},CONTROLLER://localhost:9093`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': '/data',
    'auto.create.topics.enable': 'false',
  }
}

/** The image reads `KAFKA_A_B` as `a.b`. Data lives in a volume of the broker's directory name, so a restart keeps it. */
export function dockerCommand(
  dir: string,
  ports: Readonly<Record<string, string>>,
  properties: Readonly<Record<string, string>>,
): readonly string[] {
  const settings = Object.entries({ ...ports, ...SMALL, ...properties }).flatMap(([key, value]) => [
    '-e',
    `KAFKA_${key.toUpperCase().replaceAll('.', '_')}=${value}`,
  ])
  return [
    'docker',
    'run',
    '--rm',
    '--init',
    '--network',
    'host',
    '-v',
    `${basename(dir)}:/data`,
    ...settings,
    `apache/kafka:${KAFKA_VERSION}`,
  ]
}
