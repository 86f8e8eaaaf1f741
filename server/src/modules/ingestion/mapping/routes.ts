import { type BillFormat, BillSql, headerOf, recogniseBill } from '@infrazen/connector-kit'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { invalid } from '../../../primitives/errors'
import type { ClickHouse } from '../../../storage/clickhouse'
import type { Postgres } from '../../../storage/postgres'
import {
  FormatList,
  Mapping,
  MappingChange,
  type MappingDefinition,
  MappingHistory,
  MappingList,
  MappingRequest,
  Preview,
  PreviewRequest,
  Proposal,
  ProposeRequest,
} from '../contract'
import { isFocus } from '../imports/choose-format'
import { sampleCsv } from '../imports/csv/sample-csv'
import { formatOfMapping, signatureOf } from './mapping-format'
import { changeMapping, getMapping, historyOf, listMappings, removeMapping, saveMapping } from './mapping-store'
import { headOf, previewFormat } from './preview-mapping'
import { proposeMapping } from './propose-mapping'

const Id = z.object({ id: z.guid() })
const longestHead = 20 * 1024 * 1024
const sampled = 500
const shown = 10

/** Formats that are known, and mappings for files of nobody's format: proposed, previewed, saved, changed with history. */
export function mappingRoutes({
  clickhouse,
  postgres,
  formats,
}: {
  clickhouse: ClickHouse
  postgres: Postgres
  formats: readonly BillFormat[]
}): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/api/v1/imports/formats',
      { schema: { tags: ['Imports'], summary: 'Formats that an import knows', response: { 200: FormatList } } },
      async () => ({ formats: formats.map(describe) }),
    )

    app.post(
      '/api/v1/mappings/propose',
      {
        bodyLimit: longestHead,
        schema: {
          tags: ['Mappings'],
          summary: 'What the columns of an unknown file probably mean',
          body: ProposeRequest,
          response: { 200: Proposal },
        },
      },
      async (request) => {
        const { names, delimiter, rows } = headOf(request.body.head)
        const sample = sampleCsv(rows, delimiter, sampled)
        const signature = signatureOf(names)
        const mappings = await listMappings(postgres, request.scope)
        const saved = mappings.find((mapping) => signatureOf(mapping.names) === signature)
        const known = saved ? null : recogniseBill(formats, { names, rows: sample })
        const proposed = proposeMapping(names, sample, { delimiter, currency: request.body.currency })
        return {
          names,
          rows: sample.slice(0, shown),
          signature,
          recognised: saved
            ? { id: saved.format, name: saved.name }
            : known
              ? { id: known.id, name: known.name }
              : isFocus(names)
                ? { id: 'focus', name: 'FOCUS' }
                : null,
          definition: saved?.definition ?? proposed.definition,
          fields: proposed.fields,
        }
      },
    )

    app.post(
      '/api/v1/mappings/preview',
      {
        bodyLimit: longestHead,
        schema: {
          tags: ['Mappings'],
          summary: 'Sums and first rows as a mapping would make them; nothing is stored',
          body: PreviewRequest,
          response: { 200: Preview },
        },
      },
      async (request) => {
        const { names } = headOf(request.body.head)
        checkMapping(names, request.body.definition)
        const format = formatOfMapping({ ...request.body, id: 'preview', names })
        return previewFormat(clickhouse, format, request.body.head)
      },
    )

    app.get(
      '/api/v1/mappings',
      { schema: { tags: ['Mappings'], summary: 'Saved mappings', response: { 200: MappingList } } },
      async (request) => ({ mappings: await listMappings(postgres, request.scope) }),
    )

    app.post(
      '/api/v1/mappings',
      {
        schema: {
          tags: ['Mappings'],
          summary: 'Save a mapping; the next file with this header is recognised by it',
          body: MappingRequest,
          response: { 201: Mapping },
        },
      },
      async (request, reply) => {
        checkMapping(request.body.names, request.body.definition)
        return reply.code(201).send(await saveMapping(postgres, request.scope, request.body))
      },
    )

    app.get(
      '/api/v1/mappings/:id',
      { schema: { tags: ['Mappings'], summary: 'One mapping', params: Id, response: { 200: Mapping } } },
      async (request) => getMapping(postgres, request.scope, request.params.id),
    )

    app.get(
      '/api/v1/mappings/:id/history',
      {
        schema: {
          tags: ['Mappings'],
          summary: 'Every version of a mapping',
          params: Id,
          response: { 200: MappingHistory },
        },
      },
      async (request) => historyOf(postgres, request.scope, request.params.id),
    )

    app.put(
      '/api/v1/mappings/:id',
      {
        schema: {
          tags: ['Mappings'],
          summary: 'Change a mapping; earlier versions stay in its history',
          params: Id,
          body: MappingChange,
          response: { 200: Mapping },
        },
      },
      async (request) => {
        const { names } = await getMapping(postgres, request.scope, request.params.id)
        checkMapping(names, request.body.definition)
        return changeMapping(postgres, request.scope, request.params.id, request.body)
      },
    )

    app.delete(
      '/api/v1/mappings/:id',
      {
        schema: {
          tags: ['Mappings'],
          summary: 'Take a mapping out of use; undone by restore',
          params: Id,
          response: { 200: Mapping },
        },
      },
      async (request) => removeMapping(postgres, request.scope, request.params.id, true),
    )

    app.post(
      '/api/v1/mappings/:id/restore',
      {
        schema: {
          tags: ['Mappings'],
          summary: 'Take a removed mapping back into use',
          params: Id,
          response: { 200: Mapping },
        },
      },
      async (request) => removeMapping(postgres, request.scope, request.params.id, false),
    )
  }
}

/** @throws Failure mapping_incomplete, mapping_column_unknown */
function checkMapping(
  names: readonly string[],
  { columns, constants, adjustments, categories, tags }: MappingDefinition,
) {
  if (!columns.BilledCost || !columns.ChargePeriodStart)
    throw invalid(
      'mapping_incomplete',
      'A mapping needs the column of the cost (BilledCost) and the one of the date (ChargePeriodStart).',
    )
  if (!columns.BillingCurrency && !constants.BillingCurrency)
    throw invalid(
      'mapping_incomplete',
      'A mapping needs the currency: the column that holds it, or one code for all rows, for example KRW.',
    )
  if (constants.BillingCurrency && !/^[A-Z]{3}$/.test(constants.BillingCurrency))
    throw invalid('mapping_incomplete', 'The currency is a three-letter ISO 4217 code, for example USD, KRW or RUB.')
  const header = headerOf(names)
  const wanted = [
    ...Object.values(columns),
    ...adjustments.map(({ column }) => column),
    ...(categories ? [categories.column] : []),
    ...tags,
  ]
  const unknown = wanted.filter((name) => name !== undefined && header.find([name]) === null)
  if (unknown.length > 0)
    throw invalid('mapping_column_unknown', `The file has no column ${unknown.join(', ')}.`, { unknown })
}

/** For people: which columns of the source each FOCUS column is made of. */
function describe(format: BillFormat) {
  const names = [
    ...new Set(format.generations.flatMap(({ columns }) => columns.flatMap((column) => column.split('|')))),
  ]
  const from = (read: (sql: BillSql) => unknown) => {
    // Every column that an expression asks for is there: it tells which those are.
    const asked = new Set<string>()
    read(
      new BillSql(
        {
          names,
          size: names.length,
          find: (wanted) => {
            asked.add(wanted[0]!)
            return 0
          },
        },
        { text: () => 'c', exact: () => null, time: () => null },
      ),
    )
    return [...asked]
  }
  return {
    id: format.id,
    name: format.name,
    provider: format.provider,
    generations: format.generations.map(({ name }) => name),
    columns: [
      ...Object.entries(format.costs).map(([column, cost]) => ({
        column,
        from: from((sql) => ('cases' in cost ? sql.cost(cost) : sql.quantity(cost.derived))),
      })),
      ...Object.entries(format.times).map(([column, time]) => ({ column, from: from((sql) => sql.moment(time)) })),
      ...Object.entries(format.texts).map(([column, text]) => ({ column, from: from((sql) => sql.text(text)) })),
      ...Object.entries(format.quantities ?? {}).map(([column, quantity]) => ({
        column,
        from: from((sql) => sql.quantity(quantity)),
      })),
    ].filter(({ from }) => from.length > 0),
  }
}
