import type { RuleVerdict, ValidationReport } from './validate'

/** The report as text for a terminal: the verdict first, then the failed rules with examples and remedies. */
export function formatReport(report: ValidationReport, options: { examples?: number; skipped?: boolean } = {}): string {
  const examples = options.examples ?? 3
  const of = (verdict: RuleVerdict['verdict']) => report.verdicts.filter((rule) => rule.verdict === verdict)
  const [failed, passed, skipped] = [of('fail'), of('pass'), of('skipped')]
  const lines = [
    `${report.dataset} ${report.version} (${basis[report.versionBasis]}): ${report.passed ? 'PASSED' : 'FAILED'}`,
    `${count(report.rows)} rows, ${count(report.rowsWithError)} with errors; ${count(report.counts.error)} errors, ${count(report.counts.warning)} warnings, ${count(report.counts.info)} notes`,
    `${passed.length} rules passed, ${failed.length} failed, ${skipped.length} were skipped`,
  ]
  const reading = report.findings.filter((finding) => finding.rule === 'IZ-READ')
  if (reading.length > 0)
    lines.push(
      '',
      'Reading',
      ...reading.slice(0, examples * 3).map((finding) => `  ${place(finding.row)}${finding.message}`),
    )
  for (const [title, keyword] of [
    ['Errors (MUST)', 'must'],
    ['Warnings (SHOULD)', 'should'],
    ['Notes (MAY)', 'may'],
  ] as const) {
    const rules = failed.filter((rule) => rule.keyword === keyword).sort((a, b) => b.failed - a.failed)
    if (rules.length > 0) lines.push('', title)
    for (const rule of rules) {
      const findings = report.findings.filter((finding) => finding.rule === rule.id)
      lines.push(`  ${rule.id}  ${count(rule.failed)} of ${count(rule.checked)}`, `    ${rule.requirement}`)
      for (const finding of findings.slice(0, examples)) lines.push(`    - ${place(finding.row)}${finding.message}`)
      if (rule.failed > examples)
        lines.push(`    - and ${count(rule.failed - Math.min(examples, findings.length))} more`)
      if (findings[0]) lines.push(`    → ${findings[0].remedy}`)
      if (rule.note) lines.push(`    (${rule.note})`)
    }
  }
  if (options.skipped && skipped.length > 0)
    lines.push('', 'Skipped', ...skipped.map((rule) => `  ${rule.id}  ${rule.note ?? ''}`))
  if (report.findingsNotKept > 0)
    lines.push('', `${count(report.findingsNotKept)} further findings are counted above and not listed.`)
  return `${lines.join('\n')}\n`
}

const basis = { given: 'version given', detected: 'version found from the columns', assumed: 'version assumed' }

function place(row: number | null): string {
  return row === null ? '' : `row ${row}: `
}

function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}
