import type { Scope } from '../../primitives/scope'
import type { Allocator } from './allocator'
import { addVectors, negate } from './amounts'
import type { Closing } from './closing-store'
import type { Part } from './compute-run'
import { readRuleSet } from './rule-store'
import { readParts, readRun } from './run-store'

/**
 * What closed months would look like now, less what was closed, less what later closed months have already booked: entries of
 * `month`. A closed month is computed by the rules it was closed with, so that only what its sources say has changed shows.
 */
export async function adjustmentsOf(
  allocator: Allocator,
  scope: Scope,
  month: string,
  closings: Closing[],
): Promise<Part[]> {
  const { clickhouse, postgres } = allocator
  const earlier = closings.filter((closing) => closing.month < month)
  const adjustments: Part[] = []
  for (const closing of earlier) {
    const run = await readRun(clickhouse, scope, closing.runId)
    if (!run) continue
    const ruleSet = await readRuleSet(postgres, scope, closing.ruleSetVersion)
    const computed = await allocator.compute(scope, closing.month, ruleSet.document)
    const difference = new Map<string, Part>()
    const count = (part: Part, sign: 1 | -1) => {
      const key = JSON.stringify([
        part.unit,
        part.currency,
        part.provider,
        part.service,
        part.rule,
        part.pool,
        part.partition,
      ])
      const amounts = sign === 1 ? part.amounts : negate(part.amounts)
      const known = difference.get(key)
      if (known) known.amounts = addVectors(known.amounts, amounts)
      else difference.set(key, { ...part, way: 'adjustment', ofMonth: closing.month, amounts, rows: 0 })
    }
    for (const part of computed.parts) count(part, 1)
    for (const part of await readParts(clickhouse, scope, run)) if (part.way !== 'adjustment') count(part, -1)
    const later = earlier.filter((other) => other.month > closing.month)
    for (const other of later) {
      const booked = await readRun(clickhouse, scope, other.runId)
      if (booked)
        for (const part of await readParts(clickhouse, scope, booked))
          if (part.way === 'adjustment' && part.ofMonth === closing.month) count(part, -1)
    }
    for (const part of difference.values())
      if (part.amounts.some((value) => value !== null && value !== 0n)) adjustments.push(part)
  }
  return adjustments
}
