import { TOPICS } from '../../schemas/topics.ts'
import { code, page, table } from './markdown.ts'

export function topicsPage(): string {
  return page(
    'Topics',
    'The topics of the log, in both of its forms. The embedded log never deletes what the pipelines have not read; ' +
      'Kafka deletes by these limits whether or not it was read.',
    'schemas/topics.ts',
    table(
      ['Topic', 'Partitions', 'Key', 'Kept', 'What'],
      Object.values(TOPICS).map(({ key, name, partitions, retention_bytes, retention_ms, summary }) => [
        code(name),
        String(partitions),
        key,
        `${retention_ms / 86_400_000} days or ${retention_bytes / 1e9} GB`,
        summary,
      ]),
    ),
  )
}
