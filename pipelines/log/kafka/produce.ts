/** The Produce request (version 7) with batches encoded here, and the request for a producer id. */

import { LogError } from '../port.ts'
import { typeOf } from './cluster.ts'
import { encoded, type Node } from './connection.ts'
import { readInt64 } from './cursor.ts'
import { BrokerError } from './errors.ts'

const PRODUCE = 0
const VERSION = 7
const ACKS_ALL = -1

/**
 * Writes one batch to one partition, with acks=all.
 * @returns the offset of its first record
 * @throws BrokerError with the broker's answer, or a connection error, after which nobody knows whether it was written
 */
export async function produce(
  node: Node,
  target: { readonly topic: string; readonly partition: number },
  batch: Buffer,
  timeout_ms: number,
): Promise<number> {
  const payload = encoded(encodeProduce(target.topic, target.partition, batch, timeout_ms))
  const answer = (await node.send({
    request: { apiKey: PRODUCE, apiVersion: VERSION, apiName: 'Produce', encode: async () => payload },
    response: { decode: async (bytes) => decodeProduced(bytes), parse: async (decoded) => decoded },
  })) as ReturnType<typeof decodeProduced>
  const action = `appending to ${target.topic}/${target.partition}`
  if (answer.error !== 0) throw new BrokerError(typeOf(answer.error), action)
  return answer.base
}

/** A new producer id, whose sequence of records starts at 0 in every partition. */
export async function initProducer(node: Node): Promise<{ readonly producer: bigint; readonly epoch: number }> {
  const answer = await node.call('InitProducerId', { transactionalId: null })
  const { producerId, producerEpoch } = answer as { producerId: string; producerEpoch: number }
  return { producer: BigInt(producerId), epoch: producerEpoch }
}

function encodeProduce(topic: string, partition: number, batch: Buffer, timeout_ms: number): Buffer {
  const name = Buffer.from(topic)
  const head = Buffer.allocUnsafe(30 + name.length)
  let at = head.writeInt16BE(-1, 0) // no transaction
  at = head.writeInt16BE(ACKS_ALL, at)
  at = head.writeInt32BE(timeout_ms, at)
  at = head.writeInt32BE(1, at)
  at = head.writeInt16BE(name.length, at)
  at += name.copy(head, at)
  at = head.writeInt32BE(1, at)
  at = head.writeInt32BE(partition, at)
  at = head.writeInt32BE(batch.length, at)
  return Buffer.concat([head.subarray(0, at), batch])
}

function decodeProduced(bytes: Buffer): {
  readonly error: number
  readonly base: number
  readonly clientSideThrottleTime: number
} {
  // [topics] topic [partitions] partition error base_offset log_append_time log_start_offset; throttle_time_ms
  const at = 4 + 2 + bytes.readInt16BE(4) + 4 + 4
  if (bytes.length < at + 30) throw new LogError('log_corrupt', 'the answer to a Produce request is too short')
  return {
    error: bytes.readInt16BE(at),
    base: readInt64(bytes, at + 2),
    clientSideThrottleTime: bytes.readInt32BE(at + 26),
  }
}
