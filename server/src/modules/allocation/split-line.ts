import type { Vector } from './amounts'
import type { Pool, Rule, RuleDocument, Run, Way } from './contract'
import { ratio, toDecimal } from './ratio'
import { nobody } from './share-system'
import { type Shares, splitAmount } from './split-amount'
import type { UnitTree } from './unit-tree'

/** Who ends up with what fraction of one pot, exactly: numerators over one denominator, as decimal digits. */
export type PotShares = {
  currency: string
  pool: string
  partition: string
  denominator: string
  units: { unit: string; numerator: string }[]
}

/** A run as it is stored: with what is needed to split single lines as it split sums. */
export type StoredRun = Run & { shares: PotShares[] }

/** The wire's view of a run. */
export function publicRun({ shares: _, ...run }: StoredRun): Run {
  return run
}

export type SplitLine = {
  way: Way
  pool: string
  partition: string
  split: Pool['split'] | null
  parts: { unit: string; fraction: string; amounts: Vector }[]
}

/** Splits one line as the run did. The parts of a line add up to the line. */
export function splitLine(
  run: StoredRun,
  document: RuleDocument,
  tree: UnitTree,
  line: { rule: Rule | null; unit: string; partition: string; currency: string; amounts: Vector },
): SplitLine {
  const whole = (unit: string, way: Way): SplitLine => ({
    way,
    pool: '',
    partition: '',
    split: null,
    parts: [{ unit, fraction: '1', amounts: line.amounts }],
  })
  if (line.rule === null) return whole(nobody, 'unallocated')
  const collector = document.pools.find((pool) =>
    pool.collects.some((key) => tree.resolve(key) === line.unit && line.unit !== ''),
  )
  const key = 'pool' in line.rule.assign ? line.rule.assign.pool : collector?.key
  if (key === undefined) return line.unit === '' ? whole(nobody, 'unallocated') : whole(line.unit, 'direct')
  const pool = document.pools.find((candidate) => candidate.key === key)!
  const partition = 'pool' in line.rule.assign ? line.partition : ''
  const pot = run.shares.find(
    (candidate) => candidate.pool === key && candidate.partition === partition && candidate.currency === line.currency,
  )
  // The line came after the run: it is split by the next one.
  if (!pot) return { ...whole(nobody, 'residual'), pool: key, partition, split: pool.split }
  const shares: Shares = {
    keys: pot.units.map(({ unit }) => unit),
    numerators: pot.units.map(({ numerator }) => BigInt(numerator)),
    denominator: BigInt(pot.denominator),
  }
  const columns = line.amounts.map((amount) => (amount === null ? null : splitAmount(amount, shares)))
  return {
    way: pool.split.by === 'usage' || pool.split.by === 'gpu' ? 'usage' : 'shared',
    pool: key,
    partition,
    split: pool.split,
    parts: shares.keys.map((unit, i) => ({
      unit,
      fraction: toDecimal(ratio(shares.numerators[i]!, shares.denominator), 15),
      amounts: columns.map((column) => column?.[i] ?? null) as unknown as Vector,
    })),
  }
}
