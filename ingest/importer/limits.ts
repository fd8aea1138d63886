/** Every bound of an import, with its unit. Memory in flight: the batches, each of them once encoded. */
export const LIMITS = {
  /** The file is read in pieces of this size. */
  chunk_bytes: 1 << 20,
  /** A longer line (or CSV record) is rejected as `event_too_large`; the import goes on behind it. */
  line_bytes_max: 1_000_000,
  /** An encoded event that is larger is rejected too: Kafka's brokers refuse records over 1 MiB. */
  record_bytes_max: 1_000_000,
  /** Of a rejected line at most this much is kept for the dead letter; sealing makes it a third longer. */
  raw_bytes_max: 512 * 1024,
  /** A batch is handed over when its records have this size, or when so many events of it still need the vault. */
  batch_bytes: 2 << 20,
  batch_unsealed_max: 2_000,
  /** Batches handed over and not yet durable. The thread waits when there are so many. */
  batches_in_flight_max: 4,
  /** One append to one partition. Kafka takes a batch as one message set of at most 1 MiB. */
  append_bytes_max: { embedded: 8 << 20, kafka: 900_000 },
  /** How long a log that says `log_slow` is asked again without taking anything. */
  log_patience_ms: 60_000,
  /** Between two saved checkpoints. */
  checkpoint_interval_ms: 1_000,
  /** Different lines of a file without a native key; each takes 8 to 16 bytes of memory. */
  lines_without_key_max: 50_000_000,
  /** Earlier rejects of the same source that are compared, newest first. */
  known_rejects_max: 10_000,
} as const
