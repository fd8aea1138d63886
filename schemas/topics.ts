/** The topics of the log: who writes them, who reads them, how long they are kept. */
export const TOPICS = {
  events: {
    name: 'omnify.events',
    partitions: 4,
    /** The partition is {@link partitionOf} its group, not a hash of the key: an order and its refunds share one. */
    key: '16 bytes: hash of tenant, source, type, id',
    retention_ms: 7 * 86_400_000,
    retention_bytes: 20_000_000_000,
    summary: 'Canonical events, and rejects that still need their dead letter. Ingestion writes, the pipelines read.',
  },
  dead_letters: {
    name: 'omnify.dead_letters',
    partitions: 1,
    key: 'tenant',
    retention_ms: 30 * 86_400_000,
    retention_bytes: 2_000_000_000,
    summary:
      'What the pipelines could not use, with the reason, for whoever watches; the table `failed_events` is the record.',
  },
  window_changes: {
    name: 'omnify.window_changes',
    partitions: 1,
    key: 'tenant',
    retention_ms: 7 * 86_400_000,
    retention_bytes: 5_000_000_000,
    summary:
      'A window changed: one record per tenant, window set and day of a batch, for the stages that watch windows.',
  },
  alerts: {
    name: 'omnify.alerts',
    partitions: 4,
    /** All of a tenant are in one partition (`alertPartition`): one place resumes the tenant's stream. */
    key: 'tenant',
    retention_ms: 30 * 86_400_000,
    retention_bytes: 1_000_000_000,
    summary:
      'Every revision of every alert, as CloudEvents in binary mode, at least once. Detection writes; streams and webhooks read.',
  },
  alert_commands: {
    name: 'omnify.alert_commands',
    partitions: 1,
    key: 'tenant',
    retention_ms: 30 * 86_400_000,
    retention_bytes: 1_000_000_000,
    summary:
      'What users say about alerts: mutes, feedback, expected events, rules. The API writes, detection carries out.',
  },
  webhook_changes: {
    name: 'omnify.webhook_changes',
    partitions: 1,
    key: 'tenant',
    retention_ms: 7 * 86_400_000,
    retention_bytes: 100_000_000,
    summary: 'A webhook was added, changed or removed: the stage that delivers reads the table `webhooks` anew.',
  },
} as const
