/** server.properties of the one-node test broker. */
export function serverProperties(options: {
  readonly dir: string
  readonly port: number
  readonly controllerPort: number
  readonly properties?: Readonly<Record<string, string>>
}): string {
  const all: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${options.controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${options.port},CONTROLLER://127.0.0.1:${options.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${options.port}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': options.dir,
    'auto.create.topics.enable': 'false',
    ...SMALL,
    ...options.properties,
  }
  return Object.entries(all)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

/** One node cannot hold three replicas, and 50 partitions of internal topics only slow the start down. */
export const SMALL: Readonly<Record<string, string>> = {
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'share.coordinator.state.topic.num.partitions': '1',
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '1000',
  'controlled.shutdown.max.retries': '1',
  // A killed broker may register again only when its old session is over: 9 s by default.
  'broker.session.timeout.ms': '1500',
  'broker.heartbeat.interval.ms': '300',
}
