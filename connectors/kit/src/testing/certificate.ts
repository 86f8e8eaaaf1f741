import type { Manifest } from '../manifest'
import type { Certificate } from './conformance'

/** The certificate as a page of the docs. It holds no date: the same code and fixture give the same page. */
export function certificatePage(manifest: Manifest, certificates: readonly Certificate[]): string {
  const lines = certificates.flatMap((certificate) => certificate.lines)
  const kept = lines.filter((line) => line.kept).length
  const reads = manifest.reads.map(
    (read) =>
      `| ${read.kind} | ${read.grain} | ${read.restatementDays} days | ${read.historyDays === null ? 'no limit known' : `${read.historyDays} days`} | ${read.usualLatenessHours} h |`,
  )
  return `# ${manifest.name}: certificate

${kept} of ${lines.length} promises of the conformance pack are kept. Written by \`npm run certify\`; do not edit.

${manifest.summary.en}.

| reads | grain | read again | history | usually in after |
| --- | --- | --- | --- | --- |
${reads.join('\n')}

Day of the provider: ${manifest.timeZone}. Asked every ${manifest.everyMinutes} minutes, at most ${manifest.rateLimit.perMinute} requests a minute and ${manifest.rateLimit.concurrent} at once for one connection. Webhooks: the provider has none for this.

${certificates.map(tableOf).join('\n\n')}

Sources:

${manifest.sources.map((source) => `- <${source}>`).join('\n')}
`
}

function tableOf({ variant, lines, fixtureSource }: Certificate): string {
  return `## ${variant === null ? 'Promises' : `Promises, ${variant}`}

| | promise | evidence |
| --- | --- | --- |
${lines.map((line) => `| ${line.kept ? 'kept' : '**broken**'} | ${line.promise} | ${line.evidence.replaceAll('|', '\\|')} |`).join('\n')}

Fixture: ${fixtureSource}`
}
