/** The topics of the log: who writes them, who reads them, how long they are kept. */
export const TOPICS = {
  /** Canonical events. Key: 16-byte identity hash; partition: {@link partitionOf} its group. */
  events: { name: 'omnify.events', partitions: 4, retention_ms: 7 * 86_400_000, retention_bytes: 20_000_000_000 },
  /** What the pipelines could not use, with the reason, for whoever watches; the table `failed_events` is the record. */
  dead_letters: {
    name: 'omnify.dead_letters',
    partitions: 1,
    retention_ms: 30 * 86_400_000,
    retention_bytes: 2_000_000_000,
  },
  /** A window changed. Key: tenant; one record per tenant, window set and day of a flushed batch. */
  window_changes: {
    name: 'omnify.window_changes',
    partitions: 1,
    retention_ms: 7 * 86_400_000,
    retention_bytes: 5_000_000_000,
  },
} as const
