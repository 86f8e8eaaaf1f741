import {
  type AnswerReader,
  addDecimals,
  type ChargeRow,
  type Context,
  isoSecond,
  monthOf,
  type Page,
  ProviderFailure,
  type ReadRequest,
  shareOf,
} from '@infrazen/connector-kit'
import { type Bucket, getBuckets, textOf, unixSeconds } from './client'
import { type Directory, readDirectory } from './directory'

type Grouping = 'key' | 'project' | 'total'
type Cursor = { grouping: Grouping; page: string | null }

const groups: Record<Grouping, readonly string[] | null> = {
  key: ['project_id', 'line_item', 'api_key_id'],
  // The specification allows api_key_id; organizations were seen for which the live API answers 400 (PostHog).
  project: ['project_id', 'line_item'],
  total: null,
}
const path = '/organization/costs'

/**
 * Daily costs as FOCUS charges, then the provider's own daily totals to tie their sum to. Amounts come as a number or as a
 * decimal text in whole currency units; both are read digit by digit. List prices are not told, so ListCost stays null.
 */
export async function* readCosts(request: ReadRequest, context: Context): AsyncGenerator<Page> {
  const directory = await readDirectory(context)
  let cursor: Cursor = request.cursor ? (JSON.parse(request.cursor) as Cursor) : { grouping: 'key', page: null }
  let problems = request.cursor ? [] : directory.problems
  for (;;) {
    const { grouping, page } = cursor
    const answer = await getBuckets(context, path, {
      start_time: unixSeconds(request.from),
      end_time: unixSeconds(request.to),
      bucket_width: '1d',
      group_by: groups[grouping],
      limit: 31,
      page,
    }).catch((error: unknown) => {
      const wide = grouping === 'key' && page === null
      if (wide && error instanceof ProviderFailure && error.details.status === 400) return null
      throw error
    })
    if (answer === null) {
      problems = [
        ...problems,
        { code: 'keys_not_told', message: 'OpenAI does not split the costs of this organization by key.' },
      ]
      cursor = { grouping: 'project', page: null }
      continue
    }
    const last = answer.buckets.at(-1)
    const rows = answer.buckets.flatMap((bucket) =>
      bucket.results.map((result) => ({ bucket, result, ...amountOf(result, answer.reader) })),
    )
    const done = answer.next === null && grouping === 'total'
    cursor = answer.next === null ? { grouping: 'total', page: null } : { grouping, page: answer.next }
    yield {
      part: 'costs',
      partDone: done,
      cursor: done ? null : JSON.stringify(cursor),
      progress: done ? 1 : (last ? shareOf(request.from, request.to, last.end) : 1) * (grouping === 'total' ? 1 : 0.9),
      problems,
      ...(grouping === 'total'
        ? { stated: totalsOf(rows) }
        : { charges: rows.map((row) => toCharge(row.bucket, row.result, row, answer.reader, directory, context)) }),
    }
    problems = []
    if (done) return
  }
}

function amountOf(result: Record<string, unknown>, reader: AnswerReader) {
  const amount = reader.object(result.amount, 'data[].results[].amount')
  return {
    amount: reader.decimal(amount.value, 'data[].results[].amount.value'),
    currency: reader.text(amount.currency, 'data[].results[].amount.currency').toUpperCase(),
  }
}

function totalsOf(rows: { amount: string; currency: string }[]) {
  const currencies = [...new Set(rows.map((row) => row.currency))]
  return currencies.map((currency) => ({
    currency,
    amount: addDecimals(rows.filter((row) => row.currency === currency).map((row) => row.amount)),
  }))
}

const units: Record<string, string> = {
  tokens: 'Tokens',
  '1000_tokens': '1000 Tokens',
  duration_seconds: 'Seconds',
  duration_minutes: 'Minutes',
  duration_hours: 'Hours',
  gibibyte_hours: 'GiB-Hours',
  images: 'Images',
  characters: 'Characters',
}

function toCharge(
  bucket: Bucket,
  result: Record<string, unknown>,
  { amount, currency }: { amount: string; currency: string },
  reader: AnswerReader,
  { projects, keys }: Directory,
  { credentials }: Context,
): ChargeRow {
  const lineItem = textOf(result.line_item)
  const project = textOf(result.project_id)
  const key = textOf(result.api_key_id)
  const month = monthOf(bucket.start)
  const category = /\b(credit|grant|refund)\b/i.test(lineItem)
    ? 'Credit'
    : amount.startsWith('-')
      ? 'Adjustment'
      : 'Usage'
  const quantity = result.quantity == null ? null : reader.decimal(result.quantity, 'data[].results[].quantity')
  const unit =
    quantity === null ? null : (units[textOf(result.quantity_unit)] ?? (textOf(result.quantity_unit) || 'Units'))
  const [, model, meter] = /^(\S+), (.+)$/.exec(lineItem) ?? []
  return {
    BilledCost: amount,
    EffectiveCost: amount,
    ContractedCost: amount,
    ListCost: null,
    BillingCurrency: currency,
    PricingCurrency: currency,
    BillingAccountId: credentials.organization ?? '',
    BillingAccountName: credentials.organization ?? '',
    BillingAccountType: 'Organization',
    BillingPeriodStart: isoSecond(month.start),
    BillingPeriodEnd: isoSecond(month.end),
    ChargePeriodStart: isoSecond(bucket.start),
    ChargePeriodEnd: isoSecond(bucket.end),
    ChargeCategory: category,
    ChargeFrequency: 'Usage-Based',
    ChargeDescription: lineItem || 'Costs',
    ServiceCategory: 'AI and Machine Learning',
    ServiceSubcategory: 'Generative AI',
    ServiceName: 'OpenAI API',
    ServiceProviderName: 'OpenAI',
    HostProviderName: 'OpenAI',
    InvoiceIssuerName: 'OpenAI',
    PricingCategory: category === 'Usage' ? 'Standard' : null,
    SkuId: lineItem || null,
    SkuMeter: meter ?? (lineItem || null),
    SkuPriceDetails: model ? JSON.stringify({ x_ModelId: model }) : null,
    ConsumedQuantity: category === 'Usage' ? quantity : null,
    ConsumedUnit: category === 'Usage' ? unit : null,
    PricingQuantity: category === 'Usage' ? quantity : null,
    PricingUnit: category === 'Usage' ? unit : null,
    SubAccountId: project || null,
    SubAccountName: project ? (projects.get(project) ?? project) : null,
    SubAccountType: project ? 'Project' : null,
    ResourceId: key || null,
    ResourceName: key ? (keys.get(key) ?? key) : null,
    ResourceType: key ? 'API key' : null,
  }
}
