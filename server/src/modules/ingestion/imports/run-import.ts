import { invalid } from '../../../primitives/errors'
import { commitBatches } from '../../ledger'
import { chooseFormat } from './choose-format'
import { decideReplacement } from './decide-replacement'
import { forgetAttempt } from './forget-attempt'
import type { ImportOrder, ImportOutcome, ImportTools } from './import-order'
import { ledgerColumns } from './ledger-columns'
import { noteReplayed } from './note-replayed'
import { openSource } from './open-source'
import { placeChunks } from './place-chunks'
import { proveBatches } from './prove-batches'
import { firstProblems } from './quarantine'
import { sumSource } from './sum-source'
import { understandBill } from './understand-bill'
import { type ColumnPlan, understandColumns } from './understand-columns'

/**
 * Brings one file into the ledger: its good rows become charges of new batches, its bad rows go to quarantine, and only
 * the last step makes them visible. Killed before that, nothing is visible and the import can run again.
 * @throws Failure when the file as a whole is refused; nothing of it is kept
 */
export async function runImport(order: ImportOrder, tools: ImportTools): Promise<ImportOutcome> {
  await forgetAttempt(order, tools)
  const reader = await openSource(order, tools)
  try {
    const targets = await ledgerColumns(tools.clickhouse)
    const format = await chooseFormat(order, reader, tools.known ?? { formats: [], mappings: [] })
    const plan =
      format === null
        ? understandColumns(reader.fields, targets, { currency: order.currency, detectVersion: tools.detectVersion })
        : understandBill(format, reader.fields, targets, { currency: order.currency })
    const rowsRead = await placeChunks(order, tools, reader, plan)
    if (rowsRead === 0) throw invalid('no_rows', 'The file has column names but no rows.')
    tools.onProgress(0.93, rowsRead)

    const findings = findingsOf(plan)
    const source = await sumSource(order, tools, plan, reader)
    const { batches, rows, sums } = await proveBatches(
      order,
      tools,
      plan,
      rowsRead,
      source,
      findings.map((finding) => finding.message),
    )
    const problems = await firstProblems(tools.clickhouse, tools.scope, order.id)
    const delivery = order.delivery === 'auto' ? (format?.delivery ?? 'auto') : order.delivery
    const closes = order.hold ? [] : await decideReplacement({ ...order, delivery }, tools, batches)
    if (batches.length > 0 && !order.hold)
      await commitBatches(
        tools.clickhouse,
        tools.scope,
        batches,
        closes,
        order.replayOf ? 'replay' : closes.length > 0 ? 'restatement' : 'import',
      )
    if (order.replayOf) await noteReplayed(order, tools, order.replayOf)
    tools.onProgress(1, rowsRead)
    return {
      format: reader.format,
      billFormat: format?.id ?? 'focus',
      focusVersion: plan.focusVersion,
      batchIds: batches.map((batch) => batch.BatchId),
      rows,
      sums,
      problems,
      findings: findings.slice(0, 100),
      ...(order.hold ? { held: { batches, replaces: delivery } } : {}),
    }
  } catch (error) {
    await forgetAttempt(order, tools)
    throw error
  } finally {
    await reader.close()
  }
}

function findingsOf(plan: ColumnPlan): ImportOutcome['findings'] {
  const findings = [...plan.findings, ...plan.changes.map((message) => ({ code: 'column_changed', message }))]
  if (plan.extra.length > 0)
    findings.push({
      code: 'extra_columns_kept',
      message: `Kept beside FOCUS and queryable as extra:<name>: ${plan.extra
        .map((extra) => extra.name)
        .slice(0, 40)
        .join(', ')}`,
    })
  return findings
}
