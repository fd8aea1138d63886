/** A Markdown table. Cells are escaped so that a `|` stays text. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

export function code(text: string): string {
  return `\`${text}\``
}

/** A whole page, with the note that keeps people from editing it by hand. */
export function page(title: string, intro: string, source: string, body: string): string {
  return `# ${title}\n\n${intro}\n\n<!-- Made from ${source} by \`npm run docs\`; edit that file, not this one. -->\n\n${body}\n`
}
