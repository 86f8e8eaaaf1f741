import { Readable } from 'node:stream'
import { subunitDecimals } from '@infrazen/focus'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { invalid } from '../../primitives/errors'
import type { Scope } from '../../primitives/scope'
import { countedRows } from '../explore'
import { type Allocator, runOf } from './allocator'
import { addVectors, emptyVector, textOf, toAmounts, type Vector } from './amounts'
import { canonical } from './canonical'
import { checkDocument } from './check-document'
import { certificateOf, certificatesOf, closeMonth, reopenMonth } from './close-month'
import { toRow } from './compute-run'
import * as contract from './contract'
import { explainLine } from './explain-line'
import { exportFocus } from './export-focus'
import { gpuSeconds, storeGpuUsage } from './gpu-usage'
import { inTreeOrder, readUnitCsv, unitsForValues } from './import-units'
import { monthAt, periodOf, previousMonth } from './months'
import { previewRules } from './preview-rules'
import { readGpuSamples, readJobLog } from './read-gpu-usage'
import { planChange, readRuleFile, ruleFileSchema, writeRuleFile } from './rule-file'
import { discardDraft, listRuleSets, publishRuleSet, readDraft, readRuleSet, writeDraft } from './rule-store'
import { readParts } from './run-store'
import { nobody } from './share-system'
import { publicRun } from './split-line'
import { statementPdf, statementXlsx } from './statement-paper'
import {
  addComment,
  changeComment,
  journalCsv,
  journalOf,
  listComments,
  statementCsv,
  statementOf,
  unallocatedKey,
} from './statements'
import { suggestRules } from './suggest-rules'
import { forgetUnitState, readUnits, unitHistory, unitNotFound, writeUnit, writeUnits } from './unit-store'
import { everSince, treeAt } from './unit-tree'
import { listValues, writeValues } from './value-store'

const tags = ['Allocation']
const UnitKey = z.object({ key: z.string().min(1).max(80) })
const OfMonth = z.object({ month: contract.Month })
const Paper = z.object({
  locale: z.enum(['en', 'ko', 'ru']).default('en'),
  column: z.enum(contract.costColumns).default('EffectiveCost'),
})
const papers = [
  ['pdf', statementPdf, 'application/pdf'],
  ['xlsx', statementXlsx, 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
] as const
const OfStatement = OfMonth.extend({ unit: z.string().min(1).max(80) })

/** `/api/v1/allocation/…`: units, rules, runs, statements, closing. */
export function allocationRoutes(deps: {
  allocator: Allocator
  organizationName: (scope: Scope) => Promise<string>
}): FastifyPluginAsyncZod {
  const { allocator } = deps
  const { postgres, clickhouse } = allocator
  const thisMonth = async (scope: Scope) => monthAt(allocator.now(), await allocator.timeZoneOf(scope))
  const changed = (scope: Scope, reason: string) => allocator.rerunSoon(scope, reason)

  return async (app) => {
    app.addHook('onClose', async () => allocator.close())

    // ── units ────────────────────────────────────────────────────────────────────────────────────────────────────
    app.get(
      '/api/v1/allocation/units',
      {
        schema: {
          tags,
          summary: 'The tree of units of a month',
          querystring: z.object({ month: contract.Month.optional() }),
          response: { 200: contract.UnitList },
        },
      },
      async ({ scope, query }) => {
        const tree = await allocator.treeOf(scope, query.month ?? (await thisMonth(scope)))
        return { month: tree.month, units: tree.units }
      },
    )
    app.put(
      '/api/v1/allocation/units/:key',
      {
        schema: {
          tags,
          summary: 'Make or change a unit from a month on',
          params: contract.UnitList.shape.units.element.pick({ key: true }),
          body: contract.UnitWrite,
          response: { 200: contract.Unit },
        },
      },
      async ({ scope, params, body }) => {
        const { from, ...state } = body
        await writeUnit(postgres, scope, params.key, state, from)
        changed(scope, 'units changed')
        return oneUnit(scope, params.key, from)
      },
    )
    app.post(
      '/api/v1/allocation/units/:key/move',
      {
        schema: {
          tags,
          summary: 'Put a unit under another from a month on',
          params: UnitKey,
          body: contract.UnitMove,
          response: { 200: contract.Unit },
        },
      },
      async ({ scope, params, body }) => {
        const unit = await oneUnit(scope, params.key, body.from)
        await writeUnit(postgres, scope, params.key, { ...unit, parent: body.parent }, body.from)
        changed(scope, 'units changed')
        return oneUnit(scope, params.key, body.from)
      },
    )
    app.post(
      '/api/v1/allocation/units/:key/merge',
      {
        schema: {
          tags,
          summary: 'Let a unit go into another from a month on',
          params: UnitKey,
          body: contract.UnitMerge,
          response: { 200: contract.Unit },
        },
      },
      async ({ scope, params, body }) => {
        const unit = await oneUnit(scope, params.key, body.from)
        if (body.into === params.key) throw invalid('unit_in_itself', 'A unit cannot be merged into itself.')
        await oneUnit(scope, body.into, body.from)
        await writeUnit(postgres, scope, params.key, { ...unit, ended: true, mergedInto: body.into }, body.from)
        changed(scope, 'units changed')
        return oneUnit(scope, body.into, body.from)
      },
    )
    app.post(
      '/api/v1/allocation/units/:key/end',
      {
        schema: {
          tags,
          summary: 'Let a unit end',
          params: UnitKey,
          body: contract.UnitEnd,
          response: { 200: contract.UnitHistory },
        },
      },
      async ({ scope, params, body }) => {
        const unit = await oneUnit(scope, params.key, body.from)
        await writeUnit(postgres, scope, params.key, { ...unit, ended: true, mergedInto: null }, body.from)
        changed(scope, 'units changed')
        return { key: params.key, changes: await unitHistory(postgres, scope, params.key) }
      },
    )
    app.get(
      '/api/v1/allocation/units/:key/history',
      {
        schema: {
          tags,
          summary: 'What was true of a unit since when',
          params: UnitKey,
          response: { 200: contract.UnitHistory },
        },
      },
      async ({ scope, params }) => ({ key: params.key, changes: await unitHistory(postgres, scope, params.key) }),
    )
    app.delete(
      '/api/v1/allocation/units/:key/history',
      {
        schema: {
          tags,
          summary: 'Undo a change: take back what was said of a month',
          params: UnitKey,
          querystring: z.object({ from: contract.Month.optional() }),
          response: { 204: z.null() },
        },
      },
      async ({ scope, params, query }, reply) => {
        await forgetUnitState(postgres, scope, params.key, query.from ?? null)
        changed(scope, 'units changed')
        return reply.code(204).send(null)
      },
    )
    app.post(
      '/api/v1/allocation/units/import',
      {
        schema: {
          tags,
          summary: 'Units from CSV',
          body: contract.UnitImport,
          response: { 200: contract.UnitImportResult },
        },
        bodyLimit: 4 * 1024 * 1024,
      },
      async ({ scope, body }) => {
        const { rows, problems } = readUnitCsv(body.csv)
        const states = await readUnits(postgres, scope)
        const known = new Map(
          states.map(({ key, fromMonth, ...state }) => [
            `${key} ${fromMonth}`,
            canonical({ ...state, ended: false, mergedInto: null }),
          ]),
        )
        const keys = new Set(states.map(({ key }) => key))
        const same = rows.filter(
          (row) =>
            known.get(`${row.key} ${row.from ?? everSince}`) ===
            canonical({ ...row.state, ended: false, mergedInto: null }),
        )
        const news = inTreeOrder(rows.filter((row) => !same.includes(row)))
        await writeUnits(postgres, scope, news)
        if (news.length > 0) changed(scope, 'units changed')
        const created = new Set(news.filter((row) => !keys.has(row.key)).map((row) => row.key)).size
        return { created, changed: news.length - created, unchanged: same.length, problems }
      },
    )
    app.post(
      '/api/v1/allocation/units/from-data',
      {
        schema: {
          tags,
          summary: 'Units from values of a tag, an account or another dimension',
          body: contract.UnitsFromData,
          response: { 200: contract.UnitImportResult },
        },
      },
      async ({ scope, body }) => {
        const rows = countedRows(scope.organizationId, periodOf(body.month), await allocator.timeZoneOf(scope), null)
        const found = await clickhouse.query<{ value: string }>({
          name: 'allocation.valuesOfDimension',
          sql: `SELECT d0 AS value FROM (${rows.groups([body.dimension])}) WHERE d0 != '' GROUP BY value ORDER BY sum(abs(ifNull(e, 0))) DESC, value LIMIT 500`,
          params: rows.params.values,
        })
        const tree = await allocator.treeOf(scope, body.month)
        const wanted = body.values === undefined ? null : new Set(body.values)
        const values = found.map(({ value }) => value).filter((value) => wanted === null || wanted.has(value))
        const made = unitsForValues(values, tree, body.kind, body.parent)
        await writeUnits(
          postgres,
          scope,
          made.map((unit) => ({ ...unit, from: null })),
        )
        if (made.length > 0) changed(scope, 'units changed')
        return { created: made.length, changed: 0, unchanged: values.length - made.length, problems: [] }
      },
    )

    // ── rules ────────────────────────────────────────────────────────────────────────────────────────────────────
    app.get(
      '/api/v1/allocation/rules',
      {
        schema: {
          tags,
          summary: 'The rules in force, or of an earlier version',
          querystring: z.object({ version: z.coerce.number().int().min(0).optional() }),
          response: { 200: contract.RuleSet },
        },
      },
      ({ scope, query }) => readRuleSet(postgres, scope, query.version),
    )
    app.get(
      '/api/v1/allocation/rules/versions',
      {
        schema: {
          tags,
          summary: 'Published versions, newest first',
          response: { 200: z.object({ versions: z.array(contract.RuleSet) }) },
        },
      },
      async ({ scope }) => ({
        versions: await listRuleSets(postgres, scope),
      }),
    )
    app.get(
      '/api/v1/allocation/rules/draft',
      { schema: { tags, summary: 'What is being worked on', response: { 200: contract.Draft } } },
      async ({ scope }) => draftOf(scope),
    )
    app.put(
      '/api/v1/allocation/rules/draft',
      {
        schema: {
          tags,
          summary: 'Keep what is being worked on',
          body: contract.Publish.omit({ note: true }),
          response: { 200: contract.Draft },
        },
        bodyLimit: 4 * 1024 * 1024,
      },
      async ({ scope, body }) => {
        await writeDraft(postgres, scope, body.document, body.basedOn)
        return draftOf(scope)
      },
    )
    app.delete(
      '/api/v1/allocation/rules/draft',
      { schema: { tags, summary: 'Drop what is being worked on', response: { 204: z.null() } } },
      async ({ scope }, reply) => {
        await discardDraft(postgres, scope)
        return reply.code(204).send(null)
      },
    )
    app.post(
      '/api/v1/allocation/rules',
      {
        schema: {
          tags,
          summary: 'Publish rules; open months are computed again',
          body: contract.Publish,
          response: { 200: contract.RuleSet },
        },
        bodyLimit: 4 * 1024 * 1024,
      },
      ({ scope, body }) => publish(scope, body.document, body.basedOn, body.note),
    )
    app.post(
      '/api/v1/allocation/rules/preview',
      {
        schema: {
          tags,
          summary: 'Who gains and loses if a rule set were in force',
          body: contract.PreviewRequest,
          response: { 200: contract.PreviewAnswer },
        },
        bodyLimit: 4 * 1024 * 1024,
      },
      ({ scope, body }) => previewRules(allocator, scope, body.document, body.months),
    )
    app.post(
      '/api/v1/allocation/rules/suggest',
      {
        schema: {
          tags,
          summary: 'What the next rule could look at',
          body: contract.SuggestRequest,
          response: { 200: contract.Suggestions },
        },
        bodyLimit: 4 * 1024 * 1024,
      },
      async ({ scope, body }) =>
        suggestRules(allocator, scope, body.document ?? (await readRuleSet(postgres, scope)).document, body.month),
    )
    app.get(
      '/api/v1/allocation/rules/schema',
      { schema: { tags, summary: 'JSON Schema of the rule file' }, config: { public: true } },
      (_request, reply) =>
        reply.type('application/schema+json; charset=utf-8').send(JSON.stringify(ruleFileSchema(), null, 2)),
    )
    app.get(
      '/api/v1/allocation/rules/file',
      {
        schema: {
          tags,
          summary: 'The rules in force as a YAML file',
          querystring: z.object({ version: z.coerce.number().int().min(0).optional() }),
        },
      },
      async ({ scope, query }, reply) => {
        const ruleSet = await readRuleSet(postgres, scope, query.version)
        return reply
          .type('application/yaml; charset=utf-8')
          .header('content-disposition', `attachment; filename="allocation-rules-v${ruleSet.version}.yaml"`)
          .header('x-infrazen-version', String(ruleSet.version))
          .send(writeRuleFile(ruleSet.document))
      },
    )
    app.post(
      '/api/v1/allocation/rules/file/lint',
      {
        schema: { tags, summary: 'Check a rule file', body: contract.RuleText, response: { 200: contract.Lint } },
        bodyLimit: 4 * 1024 * 1024,
      },
      async ({ scope, body }) => {
        const findings = await checkDocument(
          readRuleFile(body.text),
          await allocator.treeOf(scope, await thisMonth(scope)),
          clickhouse,
        )
        return { ok: findings.every((finding) => finding.level !== 'error'), findings }
      },
    )
    app.post(
      '/api/v1/allocation/rules/file/plan',
      {
        schema: {
          tags,
          summary: 'What applying a rule file would change',
          body: contract.RuleText,
          response: { 200: contract.Plan },
        },
        bodyLimit: 4 * 1024 * 1024,
      },
      async ({ scope, body }) => {
        const document = readRuleFile(body.text)
        const current = await readRuleSet(postgres, scope)
        return {
          basedOn: current.version,
          findings: await checkDocument(document, await allocator.treeOf(scope, await thisMonth(scope)), clickhouse),
          steps: planChange(current.document, document),
        }
      },
    )
    app.post(
      '/api/v1/allocation/rules/file/apply',
      {
        schema: { tags, summary: 'Publish a rule file', body: contract.Apply, response: { 200: contract.RuleSet } },
        bodyLimit: 4 * 1024 * 1024,
      },
      async ({ scope, body }) =>
        publish(scope, readRuleFile(body.text), (await readRuleSet(postgres, scope)).version, body.note),
    )

    // ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────────
    app.get(
      '/api/v1/allocation/months',
      {
        schema: {
          tags,
          summary: 'Months, their state, the run that counts and its proof',
          response: { 200: contract.MonthList },
        },
      },
      async ({ scope }) => ({
        months: await allocator.months(scope),
        base: (await readRuleSet(postgres, scope)).document.base,
      }),
    )
    app.post(
      '/api/v1/allocation/runs',
      { schema: { tags, summary: 'Compute a month now', body: contract.RunStart, response: { 200: contract.Run } } },
      async ({ scope, body }) => publicRun(await allocator.run(scope, body.month, 'asked for')),
    )
    app.get(
      '/api/v1/allocation/months/:month',
      {
        schema: {
          tags,
          summary: 'Where the money of a month went',
          params: OfMonth,
          response: { 200: contract.RunResult },
        },
      },
      async ({ scope, params }) => {
        const run = await runOf(clickhouse, scope, params.month)
        return { run: publicRun(run), rows: (await readParts(clickhouse, scope, run)).map(toRow) }
      },
    )
    app.get(
      '/api/v1/allocation/months/:month/units/:unit/explanation',
      {
        schema: {
          tags,
          summary: 'What a unit’s total is made of',
          params: OfStatement,
          response: { 200: contract.UnitExplanation },
        },
      },
      async ({ scope, params }) => {
        const run = await runOf(clickhouse, scope, params.month)
        const tree = await allocator.treeOf(scope, params.month)
        if (params.unit !== unallocatedKey && !tree.byKey.has(params.unit)) throw unitNotFound(params.unit)
        const parts = await readParts(
          clickhouse,
          scope,
          run,
          params.unit === unallocatedKey ? [nobody] : tree.under(params.unit),
        )
        const totals = new Map<string, Vector>()
        for (const part of parts)
          totals.set(part.currency, addVectors(totals.get(part.currency) ?? emptyVector, part.amounts))
        return {
          run: publicRun(run),
          unit: params.unit,
          rows: parts.map(toRow),
          totals: [...totals].sort().map(([currency, amounts]) => ({ currency, ...toAmounts(amounts) })),
        }
      },
    )
    app.get(
      '/api/v1/allocation/lines/:batch/:row',
      {
        schema: {
          tags,
          summary: 'Why one line of a bill is whose it is',
          params: contract.LineRef,
          response: { 200: contract.LineExplanation },
        },
      },
      ({ scope, params }) => explainLine(allocator, scope, params),
    )
    app.get(
      '/api/v1/allocation/months/:month/focus.csv',
      { schema: { tags, summary: 'FOCUS 1.4 rows with the split-cost columns filled', params: OfMonth } },
      async ({ scope, params }, reply) => {
        await runOf(clickhouse, scope, params.month)
        return reply
          .type('text/csv; charset=utf-8')
          .header('content-disposition', `attachment; filename="allocation-${params.month}.focus.csv"`)
          .send(Readable.from(exportFocus(allocator, scope, params.month)))
      },
    )

    // ── values, GPU usage ────────────────────────────────────────────────────────────────────────────────────────
    app.get(
      '/api/v1/allocation/values',
      { schema: { tags, summary: 'Business values', response: { 200: contract.ValueList } } },
      async ({ scope }) => {
        let since = await thisMonth(scope)
        for (let i = 0; i < 24; i++) since = previousMonth(since)
        return { values: await listValues(postgres, scope, since) }
      },
    )
    app.put(
      '/api/v1/allocation/values',
      {
        schema: {
          tags,
          summary: 'Set a business value of a month for each unit',
          body: contract.ValueWrite,
          response: { 204: z.null() },
        },
      },
      async ({ scope, body }, reply) => {
        await writeValues(postgres, scope, body)
        changed(scope, 'values changed')
        return reply.code(204).send(null)
      },
    )
    app.post(
      '/api/v1/allocation/gpu-usage',
      {
        schema: {
          tags,
          summary: 'Time on GPUs: a job log, or Prometheus samples',
          body: contract.GpuImport,
          response: { 200: contract.GpuImportResult },
        },
        bodyLimit: 64 * 1024 * 1024,
      },
      async ({ scope, body }) => {
        const window = body.from && body.to ? { from: Date.parse(body.from), to: Date.parse(body.to) } : null
        const { usage, problems } =
          body.format === 'jobs' ? readJobLog(body.text, window?.from ?? 0) : readGpuSamples(body.text, window)
        await storeGpuUsage(clickhouse, scope.organizationId, body.cluster, body.kind, usage, allocator.now())
        if (usage.length > 0) changed(scope, 'GPU usage came in')
        const total = usage.reduce((sum, one) => sum + gpuMillis(one), 0n)
        return { accepted: usage.length, gpuSeconds: textOf(total * 10n ** 18n), problems: problems.slice(0, 1000) }
      },
    )
    app.get(
      '/api/v1/allocation/months/:month/gpu-usage',
      {
        schema: {
          tags,
          summary: 'GPU-seconds by cluster and owner',
          params: OfMonth,
          response: { 200: contract.GpuSummary },
        },
      },
      async ({ scope, params }) => {
        const { from, to } = countedRows(
          scope.organizationId,
          periodOf(params.month),
          await allocator.timeZoneOf(scope),
          null,
        )
        const owners = await gpuSeconds(clickhouse, scope.organizationId, from, to)
        return {
          clusters: [...new Set(owners.map((owner) => owner.cluster))].map((cluster) => {
            const mine = owners.filter((owner) => owner.cluster === cluster)
            const add = (of: (owner: (typeof mine)[number]) => bigint) =>
              mine.reduce((sum, owner) => sum + of(owner), 0n)
            const idleOf = ({ used, reserved }: { used: bigint; reserved: bigint }) =>
              reserved > used ? reserved - used : 0n
            const [used, capacity] = [add((o) => o.used), add((o) => o.capacity)]
            const idle = capacity > used ? capacity - used : add(idleOf)
            return {
              cluster,
              owners: mine
                .filter((o) => o.owner !== '' || o.used > 0n)
                .map((o) => ({
                  owner: o.owner,
                  used: textOf(o.used),
                  reserved: textOf(o.reserved),
                  idle: textOf(idleOf(o)),
                })),
              used: textOf(used),
              reserved: textOf(add((o) => o.reserved)),
              capacity: textOf(capacity),
              idle: textOf(idle),
            }
          }),
        }
      },
    )

    // ── statements, closing ──────────────────────────────────────────────────────────────────────────────────────
    app.get(
      '/api/v1/allocation/months/:month/statements/:unit',
      {
        schema: {
          tags,
          summary: 'What a unit owes for a month',
          params: OfStatement,
          response: { 200: contract.Statement },
        },
      },
      async ({ scope, params }) =>
        statementOf(allocator, scope, params.month, params.unit, await deps.organizationName(scope)),
    )
    app.get(
      '/api/v1/allocation/months/:month/statements/:unit/statement.csv',
      { schema: { tags, summary: 'A statement as CSV', params: OfStatement } },
      async ({ scope, params }, reply) =>
        reply
          .type('text/csv; charset=utf-8')
          .header('content-disposition', `attachment; filename="statement-${params.month}-${params.unit}.csv"`)
          .send(
            statementCsv(
              await statementOf(allocator, scope, params.month, params.unit, await deps.organizationName(scope)),
            ),
          ),
    )
    for (const [kind, write, type] of papers)
      app.get(
        `/api/v1/allocation/months/:month/statements/:unit/statement.${kind}`,
        { schema: { tags, summary: `A statement as ${kind.toUpperCase()}`, params: OfStatement, querystring: Paper } },
        async ({ scope, params, query }, reply) => {
          const name = await deps.organizationName(scope)
          const statement = await statementOf(allocator, scope, params.month, params.unit, name)
          return reply
            .type(type)
            .header('content-disposition', `attachment; filename="statement-${params.month}-${params.unit}.${kind}"`)
            .send(await write(statement, query.column, query.locale))
        },
      )
    app.get(
      '/api/v1/allocation/months/:month/journal.csv',
      {
        schema: {
          tags,
          summary: 'Journal entries for an accounting system',
          params: OfMonth,
          querystring: z.object({ column: z.enum(contract.costColumns).default('BilledCost') }),
        },
      },
      async ({ scope, params, query }, reply) =>
        reply
          .type('text/csv; charset=utf-8')
          .header('content-disposition', `attachment; filename="journal-${params.month}.csv"`)
          .send(
            journalCsv(
              await journalOf(allocator, scope, params.month, query.column, (currency) => subunitDecimals(currency)),
            ),
          ),
    )
    app.get(
      '/api/v1/allocation/months/:month/comments',
      {
        schema: {
          tags,
          summary: 'Comments and disputes of a month',
          params: OfMonth,
          response: { 200: contract.CommentList },
        },
      },
      async ({ scope, params }) => ({
        comments: await listComments(postgres, scope, params.month),
      }),
    )
    app.post(
      '/api/v1/allocation/months/:month/statements/:unit/comments',
      {
        schema: {
          tags,
          summary: 'Comment on a statement, or dispute it',
          params: OfStatement,
          body: contract.CommentWrite,
          response: { 200: contract.StatementComment },
        },
      },
      async ({ scope, params, body }) => addComment(postgres, scope, params.month, params.unit, body),
    )
    app.patch(
      '/api/v1/allocation/comments/:id',
      {
        schema: {
          tags,
          summary: 'Give a dispute a status or an owner',
          params: z.object({ id: z.guid() }),
          body: contract.CommentChange,
          response: { 200: contract.StatementComment },
        },
      },
      async ({ scope, params, body }) => changeComment(postgres, scope, params.id, body),
    )
    app.post(
      '/api/v1/allocation/months/:month/close',
      {
        schema: {
          tags,
          summary: 'Freeze a month and those before it',
          params: OfMonth,
          response: { 200: contract.Certificate },
        },
      },
      ({ scope, params }) => closeMonth(allocator, scope, params.month),
    )
    app.post(
      '/api/v1/allocation/months/:month/reopen',
      { schema: { tags, summary: 'Open the last closed month again', params: OfMonth, response: { 204: z.null() } } },
      async ({ scope, params }, reply) => {
        await reopenMonth(allocator, scope, params.month)
        return reply.code(204).send(null)
      },
    )
    app.get(
      '/api/v1/allocation/months/:month/certificate',
      {
        schema: {
          tags,
          summary: 'The certificate of a closed month',
          params: OfMonth,
          response: { 200: contract.Certificate },
        },
      },
      ({ scope, params }) => certificateOf(allocator, scope, params.month),
    )
    app.get(
      '/api/v1/allocation/certificates',
      {
        schema: {
          tags,
          summary: 'Certificates of all closed months',
          response: { 200: z.array(contract.Certificate) },
        },
      },
      ({ scope }) => certificatesOf(allocator, scope),
    )
  }

  async function oneUnit(scope: Scope, key: string, from: string | null) {
    const tree = treeAt(await readUnits(postgres, scope), from ?? (await thisMonth(scope)))
    const unit = tree.byKey.get(key)
    if (!unit) throw unitNotFound(key)
    return unit
  }

  async function draftOf(scope: Scope) {
    const { document, basedOn, changed: isChanged } = await readDraft(postgres, scope)
    const findings = await checkDocument(document, await allocator.treeOf(scope, await thisMonth(scope)), clickhouse)
    return { document, basedOn, changed: isChanged, findings }
  }

  async function publish(scope: Scope, document: contract.RuleDocument, basedOn: number, note: string) {
    const findings = await checkDocument(document, await allocator.treeOf(scope, await thisMonth(scope)), clickhouse)
    const errors = findings.filter((finding) => finding.level === 'error')
    if (errors.length > 0)
      throw invalid('rules_have_errors', `These rules cannot be published: ${errors[0]!.at}: ${errors[0]!.message}`, {
        findings,
      })
    const { ruleSet, changed: isNew } = await publishRuleSet(postgres, scope, document, basedOn, note)
    if (isNew) changed(scope, 'rules published')
    return ruleSet
  }
}

/** GPUs × milliseconds in 10⁻⁹: exact. */
function gpuMillis({ gpus, startedAt, endedAt }: { gpus: string; startedAt: string; endedAt: string }): bigint {
  const [whole, fraction = ''] = gpus.split('.') as [string, string?]
  return BigInt(whole + fraction.padEnd(9, '0')) * BigInt(Date.parse(endedAt) - Date.parse(startedAt))
}
