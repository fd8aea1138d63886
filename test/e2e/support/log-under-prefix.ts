import type { Claim, Consumer, Log } from '../../../pipelines/log/port.ts'

/**
 * A log whose topics and groups have another name in truth, so that tests share one Kafka broker and never meet.
 * Everything else is the log's own.
 */
export function underPrefix(log: Log, prefix: string): Log {
  const real = (name: string) => `${prefix}.${name}`
  const ours = (claim: Claim): Claim => ({ ...claim, topic: claim.topic.slice(prefix.length + 1) })
  return {
    kind: log.kind,
    ensureTopics: (specs) => log.ensureTopics(specs.map((spec) => ({ ...spec, name: real(spec.name) }))),
    partitions: (topic) => log.partitions(real(topic)),
    append: (topic, partition, records) => log.append(real(topic), partition, records),
    bounds: (topic) => log.bounds(real(topic)),
    groupOffsets: (group, topic) => log.groupOffsets(real(group), real(topic)),
    read: (topic, partition, offset, options) => log.read(real(topic), partition, offset, options),
    close: () => log.close(),
    async join(group, topics, handlers) {
      // The log knows its claims by identity or by content; either way it gets its own back.
      const claims = new WeakMap<Claim, Claim>()
      const given = new WeakMap<Claim, Claim>()
      const toOurs = (claim: Claim) => {
        const known = given.get(claim) ?? ours(claim)
        given.set(claim, known)
        claims.set(known, claim)
        return known
      }
      const toReal = (claim: Claim) => claims.get(claim) ?? { ...claim, topic: real(claim.topic) }
      const consumer = await log.join(real(group), topics.map(real), {
        onAssigned: (claim) => handlers.onAssigned(toOurs(claim)),
        onRevoked: (claim) => handlers.onRevoked(toOurs(claim)),
        onFailed: (error) => handlers.onFailed(error),
      })
      return {
        poll: (claim, options) => consumer.poll(toReal(claim), options),
        fill: (claim, options, batch) => consumer.fill(toReal(claim), options, batch),
        seek: (claim, offset) => consumer.seek(toReal(claim), offset),
        committed: (claim) => consumer.committed(toReal(claim)),
        commit: (claim, place) => consumer.commit(toReal(claim), place),
        close: () => consumer.close(),
      } satisfies Consumer
    },
  }
}
