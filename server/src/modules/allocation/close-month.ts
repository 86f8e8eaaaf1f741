import { conflict, notFound } from '../../primitives/errors'
import { newId } from '../../primitives/ids'
import type { Scope } from '../../primitives/scope'
import { tables } from '../../storage/postgres'
import { listBatches } from '../ledger'
import type { Allocator } from './allocator'
import { addVectors, emptyVector, toAmounts, type Vector } from './amounts'
import { hashOf } from './canonical'
import { seal } from './certificate'
import { listClosings, markReopened, storeClosing } from './closing-store'
import type { Certificate } from './contract'
import { monthAt } from './months'
import { readRuleSet } from './rule-store'
import { readParts } from './run-store'

/**
 * Freezes a month and every open month before it, oldest first, each with a certificate that names the one before.
 * @throws Failure `month_not_over`, `month_closed`, `no_rules`
 */
export async function closeMonth(allocator: Allocator, scope: Scope, month: string): Promise<Certificate> {
  const { postgres } = allocator
  if (month >= monthAt(allocator.now(), await allocator.timeZoneOf(scope)))
    throw conflict('month_not_over', `${month} is not over yet. A month can be closed once its last day has passed.`)
  const states = await allocator.months(scope)
  if (states.some((state) => state.month === month && state.state === 'closed'))
    throw conflict('month_closed', `${month} is closed already.`)
  const ruleSet = await readRuleSet(postgres, scope)
  if (ruleSet.version === 0)
    throw conflict('no_rules', 'No rules are published yet, so there is nothing to close by. Publish rules first.')
  const open = states.filter((state) => state.state === 'open' && state.month < month).map((state) => state.month)
  let certificate: Certificate | null = null
  for (const each of [...open.sort(), month]) certificate = await closeOne(allocator, scope, each)
  return certificate!
}

async function closeOne(allocator: Allocator, scope: Scope, month: string): Promise<Certificate> {
  const { clickhouse, postgres } = allocator
  const run = await allocator.run(scope, month, 'closing')
  const [parts, tree, ruleSet, closings, batches] = await Promise.all([
    readParts(clickhouse, scope, run),
    allocator.treeOf(scope, month),
    readRuleSet(postgres, scope, run.ruleSetVersion),
    listClosings(postgres, scope),
    run.batches.length === 0 ? [] : listBatches(clickhouse, scope, { ids: run.batches }),
  ])
  const sums = new Map<string, { unit: string; way: string; currency: string; amounts: Vector }>()
  for (const part of parts) {
    const key = JSON.stringify([part.unit, part.way, part.currency])
    const known = sums.get(key) ?? { unit: part.unit, way: part.way, currency: part.currency, amounts: emptyVector }
    sums.set(key, { ...known, amounts: addVectors(known.amounts, part.amounts) })
  }
  const currencies = [...new Set(run.proof.map((line) => line.currency))]
  const hashes = new Map(batches.map((batch) => [batch.id, batch.contentHash]))
  const certificate = seal({
    format: 'infrazen-allocation-certificate-1',
    organization: scope.organizationId,
    month,
    closedAt: new Date(allocator.now()).toISOString(),
    closedBy: scope.actor,
    runId: run.id,
    asOf: run.asOf,
    rules: { version: ruleSet.version, hash: hashOf(ruleSet.document), document: ruleSet.document },
    units: { hash: hashOf(tree.units), list: tree.units },
    batches: run.batches.map((id) => ({ id, contentHash: hashes.get(id) ?? '' })),
    rates: run.rates,
    sums: [...sums.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { amounts, ...rest }]) => ({ ...rest, ...toAmounts(amounts) })),
    source: currencies.map((currency) => ({
      currency,
      ...(Object.fromEntries(
        run.proof.filter((line) => line.currency === currency).map((line) => [line.column, line.source]),
      ) as ReturnType<typeof toAmounts>),
    })),
    previous: closings.at(-1)?.hash ?? null,
  })
  const stored = await storeClosing(postgres, scope, {
    month,
    runId: run.id,
    ruleSetVersion: ruleSet.version,
    certificate,
  })
  if (!stored) throw conflict('month_closed', `${month} was closed by somebody else in the meantime.`)
  await audit(allocator, scope, 'allocation.month_closed', month, { hash: certificate.hash })
  return certificate
}

/** Opens the last closed month again; its certificate is kept in the records. @throws Failure `month_open`, `later_month_closed` */
export async function reopenMonth(allocator: Allocator, scope: Scope, month: string): Promise<void> {
  const closings = await listClosings(allocator.postgres, scope)
  if (!closings.some((closing) => closing.month === month)) throw conflict('month_open', `${month} is not closed.`)
  if (closings.at(-1)!.month !== month)
    throw conflict(
      'later_month_closed',
      `${closings.at(-1)!.month} is closed too, and its certificate names that of ${month}. Reopen the later month first.`,
    )
  await markReopened(allocator.postgres, scope, month)
  await audit(allocator, scope, 'allocation.month_reopened', month, {})
  allocator.rerunSoon(scope, 'month reopened')
}

/** Certificates of all closed months, oldest first. */
export async function certificatesOf(allocator: Allocator, scope: Scope): Promise<Certificate[]> {
  return (await listClosings(allocator.postgres, scope)).map((closing) => closing.certificate)
}

/** @throws Failure `not_closed` */
export async function certificateOf(allocator: Allocator, scope: Scope, month: string): Promise<Certificate> {
  const found = (await certificatesOf(allocator, scope)).find((certificate) => certificate.month === month)
  if (!found) throw notFound('not_closed', `${month} is not closed, so it has no certificate.`)
  return found
}

async function audit(
  allocator: Allocator,
  scope: Scope,
  action: string,
  subject: string,
  details: Record<string, unknown>,
) {
  await allocator.postgres.db
    .insert(tables.audit)
    .values({ id: newId(), organizationId: scope.organizationId, actor: scope.actor, action, subject, details })
}
