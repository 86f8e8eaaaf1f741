import type { Scope } from '../../primitives/scope'
import type { Allocator } from './allocator'
import { columnOf, textOf } from './amounts'
import { checkDocument } from './check-document'
import type { Part } from './compute-run'
import type { CostColumn, PreviewAnswer, RuleDocument } from './contract'
import { latestRuns, readParts } from './run-store'

/** Who gains and who loses, per unit and month, if a document were in force; against the runs that count now. Stores nothing. */
export async function previewRules(
  allocator: Allocator,
  scope: Scope,
  document: RuleDocument,
  months: string[],
): Promise<PreviewAnswer> {
  const start = performance.now()
  const newest = [...months].sort().at(-1)!
  const findings = await checkDocument(document, await allocator.treeOf(scope, newest), allocator.clickhouse)
  if (findings.some((finding) => finding.level === 'error')) return { findings, milliseconds: since(start), months: [] }
  const runs = await latestRuns(allocator.clickhouse, scope, months)
  const previews: PreviewAnswer['months'] = []
  for (const month of [...new Set(months)].sort()) {
    const run = runs.find((candidate) => candidate.month === month)
    const [computed, parts] = await Promise.all([
      allocator.compute(scope, month, document),
      run ? readParts(allocator.clickhouse, scope, run) : [],
    ])
    const before = sums(parts, document.base)
    const after = sums(computed.parts, document.base)
    const keys = [...new Set([...before.keys(), ...after.keys()])].sort()
    previews.push({
      month,
      column: document.base,
      units: keys.map((key) => {
        const [unit, currency] = JSON.parse(key) as [string, string]
        const [b, a] = [before.get(key) ?? 0n, after.get(key) ?? 0n]
        return { unit, currency, before: textOf(b), after: textOf(a), difference: textOf(a - b) }
      }),
      rules: computed.byRule.map(({ rule, currency, amounts, rows }) => ({
        rule,
        currency,
        amount: textOf(columnOf(amounts, document.base) ?? 0n),
        rows,
      })),
      coverage: computed.coverage,
      proofHolds: computed.proof.every((line) => line.equal),
      cycles: computed.cycles,
      singular: computed.singular,
      notes: computed.notes,
    })
  }
  return { findings, milliseconds: since(start), months: previews }
}

function sums(parts: Part[], column: CostColumn): Map<string, bigint> {
  const found = new Map<string, bigint>()
  for (const part of parts) {
    if (part.way === 'adjustment' || part.currency === '') continue
    const key = JSON.stringify([part.unit, part.currency])
    found.set(key, (found.get(key) ?? 0n) + (columnOf(part.amounts, column) ?? 0n))
  }
  return found
}

const since = (start: number) => Math.round(performance.now() - start)
