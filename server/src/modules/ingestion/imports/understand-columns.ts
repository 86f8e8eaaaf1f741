import type { Amount } from '@infrazen/connector-kit'
import { invalid } from '../../../primitives/errors'
import type { Scaled } from '../../../primitives/money'
import type { SourceField, TextGroup } from './source-reader'

/** A column of the ledger; `repeats` where its texts come again and again, so that a dictionary pays. */
export type TargetColumn = { name: string; type: 'text' | 'decimal' | 'time'; repeats?: boolean }

/**
 * How one file's columns become a ledger row: SQL over its fields `c0…cN` (of the kinds their reader gives them), one
 * expression a FOCUS column, and for each what makes a row unfit. Both the insert and the quarantine are built from it,
 * so they cannot disagree.
 */
export type ColumnPlan = {
  /** FOCUS column → SQL of its value */
  values: Map<string, string>
  /** what keeps a row out: SQL of a condition, the source column, code and remedy */
  /** SQL of one condition: true for exactly the rows that some refusal names, in the cheapest form. */
  unfit: string
  refusals: { column: string; index: number | null; code: string; message: string; condition: string }[]
  /** source fields that FOCUS does not know */
  extra: { index: number; name: string }[]
  changes: string[]
  findings: { code: string; message: string }[]
  focusVersion: string | null
  /** Whether the reader must hand a field out as a dictionary (`LowCardinality`). */
  repeats: (index: number) => boolean
  /** SQL of a field as text, as it is shown to people. */
  cellText: (index: number) => string
  readsText: (index: number) => boolean
  /** SQL of the currency of a row, as written, in upper case. */
  currencyText: (assumed: string) => string
  /** SQL of a money column as the source has it; NULL where it is empty or no number that the ledger holds. */
  amount: (column: MoneyColumn) => string | null
  /** The header, one unlike name a field. */
  names: string[]
  /** texts that tell batches apart, in this order: provider or issuer, billing account, period start */
  scopeSql: { provider: string; account: string; periodStart: string; periodEnd: string }
  /** SQL of one condition: true where the period that names a row's batch cannot be read, so the row belongs to none. */
  unplaced: string
  /** What a scan of the source's text adds up, and what it tells groups of rows apart by. */
  source: SourceMoney
  /** `sql AS name`, to be selected beside the cells where the other expressions refer to them. */
  definitions?: string[]
  /** Settings of the inserts, where the expressions need others than usual. */
  settings?: Record<string, number>
  /** SQL of the tags as a map; absent where they are the JSON of `Tags`. */
  tagsSql?: string
  /** SQL of the changes of one row; absent where `changes` holds for all. */
  changesSql?: string
  /** Whose bill it is, where the format says so; else the rows do. */
  provider?: string
}

export type SourceMoney = {
  /** fields of amounts, with how they are written */
  amounts: Map<number, Amount>
  /** fields whose texts place a row in its batch and currency, or choose among its amounts */
  texts: number[]
  /** fields of which only counts whether they hold something */
  presence: number[]
  /** money column → its sum over the rows of a group */
  sums: Map<MoneyColumn, (group: Pick<TextGroup, 'cell' | 'total'>) => Scaled | null>
}

const moneyColumns = ['BilledCost', 'EffectiveCost', 'ListCost', 'ContractedCost'] as const
export type MoneyColumn = (typeof moneyColumns)[number]
export const costColumns: readonly MoneyColumn[] = moneyColumns

const numberPattern = '^[+-]?([0-9]+\\\\.?[0-9]*|\\\\.[0-9]+)([eE][+-]?[0-9]+)?$'
const timePattern =
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?( ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?)?$'
const slashPattern = '^([0-9]{1,2})/([0-9]{1,2})/([0-9]{2}|[0-9]{4})(?:[ T]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?$'
/** Empty, and the texts that exports write for it. */
const emptyTexts = "('', 'NULL', 'null', 'Null', '\\\\N')"

const text = (c: string) => `if(${c} IN ${emptyTexts}, '', ${c})`
/** The same of a dictionary: `transform` looks at each text once, `if` at every row. */
const textOfDictionary = (c: string) => `transform(${c}, [${emptyTexts.slice(1, -1)}], ['', '', '', '', ''])`
const isEmpty = (c: string) => `trimBoth(${c}) IN ${emptyTexts}`
const decimal = (c: string) => `toDecimal256OrNull(trimBoth(${c}), 30)`
/** Digits behind the point beyond the thirty that the ledger holds; with an exponent, counted after it is applied. */
const fractionDigits = (c: string) =>
  `(length(extract(trimBoth(${c}), '[.]([0-9]*?)0*(?:[eE]|$)')) - toInt32OrZero(extract(trimBoth(${c}), '[eE]([+-]?[0-9]+)$')))`
const isNumber = (c: string) => `match(trimBoth(${c}), '${numberPattern}')`
const fits = (c: string) =>
  `(length(${c}) <= 24 AND position(lower(${c}), 'e') = 0 OR ${fractionDigits(c)} <= 30) AND isNotNull(${decimal(c)})`

/** A plain short decimal, told without a regular expression; what fails this is looked at closely. */
const isPlainNumber = (source: string) => {
  const c = `trimBoth(${source})`
  return `(isNotNull(${decimal(source)}) AND length(${c}) BETWEEN 1 AND 24 AND positionCaseInsensitive(${c}, 'e') = 0 AND countSubstrings(${c}, '.') <= 1 AND ${c} NOT IN ('-', '+', '.', '-.', '+.'))`
}

function time(source: string): string {
  const c = `trimBoth(${source})`
  const part = (n: number) => `extractGroups(${c}, '${slashPattern}')[${n}]`
  const us = `parseDateTime64BestEffortOrNull(concat(if(length(${part(3)}) = 2, concat('20', ${part(3)}), ${part(3)}), '-', leftPad(${part(1)}, 2, '0'), '-', leftPad(${part(2)}, 2, '0'), ' ', leftPad(if(${part(4)} = '', '0', ${part(4)}), 2, '0'), ':', if(${part(5)} = '', '00', ${part(5)}), ':', if(${part(6)} = '', '00', ${part(6)})), 3, 'UTC')`
  const iso = `if(match(${c}, '${timePattern}'), parseDateTime64BestEffortOrNull(${c}, 3, 'UTC'), NULL)`
  return `if(position(${source}, '/') > 0, ${us}, ${iso})`
}
const timeInRange = (value: string) =>
  `(isNotNull(${value}) AND ${value} >= toDateTime64('1971-01-01', 3, 'UTC') AND ${value} < toDateTime64('2105-01-01', 3, 'UTC'))`
const asTime = (value: string) => `toDateTime(assumeNotNull(${value}), 'UTC')`

/**
 * @param fields the columns of the file, in file order
 * @param targets the ledger's FOCUS columns
 * @param options.currency ISO 4217 code for a file without BillingCurrency
 * @throws Failure `not_focus` when the file has no cost or no charge period
 */
export function understandColumns(
  fields: SourceField[],
  targets: TargetColumn[],
  options: { currency?: string; detectVersion: (names: string[]) => string | null },
): ColumnPlan {
  const known = new Map(targets.map((target) => [target.name.toLowerCase(), target]))
  for (const old of ['ProviderName', 'PublisherName'])
    known.set(old.toLowerCase(), { name: old, type: 'text', repeats: true })
  const indexes = new Map<string, number>()
  const index = (column: string) => indexes.get(column) ?? null
  const extra: ColumnPlan['extra'] = []
  const changes: string[] = []
  const findings: ColumnPlan['findings'] = []
  const names = fields.map((field) => field.name)
  const taken = new Set<string>()
  fields.forEach(({ name }, index) => {
    const target = known.get(name.toLowerCase())
    if (target && !indexes.has(target.name)) {
      indexes.set(target.name, index)
      if (target.name !== name) changes.push(`${name}: read as ${target.name}`)
    } else if (target)
      throw invalid('duplicate_column', `The column ${name} stands twice in the header. Remove one of them.`, {
        column: name,
      })
    else {
      const own = unlike(name === '' ? `column ${index + 1}` : name, taken)
      if (own !== name && name !== '')
        findings.push({
          code: 'column_renamed',
          message: `The column ${name} stands more than once in the header; this one is kept as ${own}.`,
        })
      extra.push({ index, name: own })
    }
  })
  const repeating = new Set(
    [...known.values()].flatMap((target) => {
      const at = index(target.name)
      return at !== null && (target.repeats || target.type === 'time' || target.name === 'Tags') ? [at] : []
    }),
  )
  const repeats = (at: number) => fields[at]!.dictionary === true && repeating.has(at)
  // A field of another kind than its column wants is read as the text it would be in a CSV.
  const cellText = (at: number) => (fields[at]!.kind === 'text' ? `c${at}` : `ifNull(toString(c${at}), '')`)
  const textAt = (at: number) => (repeats(at) ? textOfDictionary : text)(cellText(at))
  const emptyAt = (at: number) => (fields[at]!.kind === 'text' ? isEmpty(cellText(at)) : `isNull(c${at})`)
  const decimalAt = (at: number) =>
    fields[at]!.kind === 'exact' ? `CAST(c${at}, 'Nullable(Decimal(76, 30))')` : decimal(cellText(at))
  const timeAt = (at: number) =>
    fields[at]!.kind === 'time' ? `CAST(c${at}, 'Nullable(DateTime64(3, \\'UTC\\'))')` : time(cellText(at))
  const missing = [
    index('BilledCost') === null ? 'BilledCost' : '',
    index('ChargePeriodStart') === null && index('BillingPeriodStart') === null ? 'ChargePeriodStart' : '',
  ].filter(Boolean)
  if (missing.length > 0) {
    throw invalid(
      'not_focus',
      `This is not a FOCUS file: it has no column ${missing.join(' and no ')}. Export the bill in the FOCUS format, or check that the first line holds the column names.`,
      { missing, found: names.slice(0, 20) },
    )
  }

  const values = new Map<string, string>()
  const refusals: ColumnPlan['refusals'] = []
  const unfit: string[] = []
  const refuse = (column: string, at: number | null, code: string, message: string, condition: string) =>
    refusals.push({ column, index: at, code, message, condition })

  for (const { name, type } of targets) {
    const at = index(name)
    if (at === null) continue
    if (type === 'text') values.set(name, textAt(at))
    else if (type === 'decimal') {
      const c = cellText(at)
      const empty = emptyAt(at)
      values.set(
        name,
        name === 'BilledCost'
          ? `assumeNotNull(${decimalAt(at)})`
          : fields[at]!.kind === 'exact'
            ? decimalAt(at)
            : `if(${empty}, NULL, ${decimalAt(at)})`,
      )
      if (name === 'BilledCost')
        refuse(name, at, 'value_missing', 'BilledCost is empty. Write the amount, 0 if nothing was charged.', empty)
      if (fields[at]!.kind === 'exact') {
        if (name === 'BilledCost') unfit.push(empty)
        continue
      }
      const number = `(${isPlainNumber(c)} OR ${isNumber(c)} AND ${fits(c)})`
      unfit.push(name === 'BilledCost' ? `NOT ${number}` : `NOT ${number} AND NOT ${empty}`)
      refuse(
        name,
        at,
        'thousands_separator',
        'Write the number without thousands separators and with a point before the decimals, for example 1234.56.',
        `NOT ${empty} AND NOT ${isNumber(c)} AND match(${c}, '^ *[+-]?[0-9]{1,3}([,  ][0-9]{3})+([.,][0-9]+)? *$')`,
      )
      refuse(
        name,
        at,
        'not_a_number',
        'Write a plain decimal number without currency signs, units or spaces, for example 1234.56.',
        `NOT ${empty} AND NOT ${isNumber(c)} AND NOT match(${c}, '^ *[+-]?[0-9]{1,3}([,  ][0-9]{3})+([.,][0-9]+)? *$')`,
      )
      refuse(
        name,
        at,
        'number_does_not_fit',
        'The ledger holds 46 digits before and 30 behind the point; this number has more and would have to be rounded. Shorten it in the source.',
        `${isNumber(c)} AND NOT (${fits(c)})`,
      )
    } else {
      const value = timeAt(at)
      values.set(name, asTime(value))
      unfit.push(`NOT ${timeInRange(value)}`)
      refuse(name, at, 'value_missing', `${name} is empty. Write the moment as 2026-11-01T00:00:00Z.`, emptyAt(at))
      refuse(
        name,
        at,
        'not_a_time',
        'Write the moment as 2026-11-01T00:00:00Z (or US style, 11/1/2026).',
        `NOT ${emptyAt(at)} AND isNull(${value})`,
      )
      refuse(
        name,
        at,
        'time_out_of_range',
        'The moment is before 1971 or after 2104. Check the year.',
        `isNotNull(${value}) AND NOT ${timeInRange(value)}`,
      )
    }
  }

  derive()
  const provider = index('ProviderName') ?? index('InvoiceIssuerName') ?? index('ServiceProviderName')
  const account = index('BillingAccountId')
  const periodStart = index('BillingPeriodStart') ?? index('ChargePeriodStart')
  return {
    values,
    unfit: unfit.map((condition) => `(${condition})`).join(' OR '),
    refusals,
    extra,
    changes,
    findings,
    focusVersion: options.detectVersion(names),
    repeats,
    cellText,
    amount: (column) => {
      const at = index(column)
      return at === null ? null : decimalAt(at)
    },
    readsText: (at) => fields[at]?.kind === 'text',
    currencyText: (assumed) => {
      const at = index('BillingCurrency')
      return at === null ? `'${assumed}'` : `upper(trimBoth(${cellText(at)}))`
    },
    names: uniqueNames(),
    scopeSql: {
      provider: provider === null ? "''" : textAt(provider),
      account: account === null ? "''" : textAt(account),
      periodStart: values.get('BillingPeriodStart')!,
      periodEnd: values.get('BillingPeriodEnd')!,
    },
    unplaced: refusals
      .filter((refusal) => refusal.index === periodStart)
      .map((refusal) => `(${refusal.condition})`)
      .join(' OR '),
    source: sourceMoney(),
  }

  /** Each money column of FOCUS is one column of the file. */
  function sourceMoney(): SourceMoney {
    const money = costColumns.flatMap((column) => {
      const at = index(column)
      return at === null ? [] : [[column, at] as const]
    })
    return {
      amounts: new Map(money.map(([column, at]) => [at, { names: [column] }])),
      texts: [provider, account, periodStart, index('BillingCurrency')].filter((at): at is number => at !== null),
      presence: [],
      sums: new Map(money.map(([column, at]) => [column, (group) => group.total(at)])),
    }
  }

  function uniqueNames(): string[] {
    const seen = new Set<string>()
    return names.map((name, at) => unlike(name === '' ? `column ${at + 1}` : name, seen))
  }

  /** What FOCUS lets follow from other columns, each noted. */
  function derive() {
    const absent = (column: string) => index(column) === null
    const set = (column: string, sql: string, how: string) => {
      values.set(column, sql)
      changes.push(`${column}: ${how}`)
    }
    if (absent('ChargePeriodStart'))
      set('ChargePeriodStart', values.get('BillingPeriodStart')!, 'taken from BillingPeriodStart')
    const start = values.get('ChargePeriodStart')!
    if (absent('BillingPeriodStart'))
      set('BillingPeriodStart', `toStartOfMonth(${start})`, 'month of ChargePeriodStart')
    if (absent('BillingPeriodEnd'))
      set(
        'BillingPeriodEnd',
        `addMonths(toStartOfMonth(${values.get('BillingPeriodStart')!}), 1)`,
        'a month after BillingPeriodStart',
      )
    if (absent('ChargePeriodEnd'))
      set('ChargePeriodEnd', `toDateTime(toDate(${start}) + 1, 'UTC')`, 'end of the day of ChargePeriodStart')
    else if (!absent('ChargePeriodStart')) {
      const reversed = `ifNull(${timeAt(index('ChargePeriodEnd')!)} < ${timeAt(index('ChargePeriodStart')!)}, 0)`
      unfit.push(reversed)
      refuse(
        'ChargePeriodEnd',
        index('ChargePeriodEnd'),
        'period_reversed',
        'ChargePeriodEnd is before ChargePeriodStart. Swap them or correct the date.',
        reversed,
      )
    }

    const currency = index('BillingCurrency')
    if (currency !== null) {
      values.set('BillingCurrency', `upper(trimBoth(${cellText(currency)}))`)
      unfit.push(
        `(length(trimBoth(${cellText(currency)})) != 3 OR NOT match(trimBoth(${cellText(currency)}), '^[A-Za-z]{3}$'))`,
      )
      refuse(
        'BillingCurrency',
        currency,
        'value_missing',
        'BillingCurrency is empty: an amount without a currency cannot be added to anything. Write the ISO 4217 code, for example KRW.',
        emptyAt(currency),
      )
      refuse(
        'BillingCurrency',
        currency,
        'not_a_currency',
        'BillingCurrency is a three-letter ISO 4217 code, for example USD, KRW or RUB.',
        `NOT ${emptyAt(currency)} AND NOT match(trimBoth(${cellText(currency)}), '^[A-Za-z]{3}$')`,
      )
    } else {
      const code = options.currency ?? 'XXX'
      set('BillingCurrency', `'${code}'`, `the file has no currency; ${code} was assumed`)
      findings.push(
        options.currency
          ? { code: 'currency_assumed', message: `The file names no currency; ${code} was given with the import.` }
          : {
              code: 'currency_unknown',
              message:
                'The file names no currency. Its amounts stand under XXX (no currency) and are added to nothing else. Import it again with the currency to change that.',
            },
      )
    }
    for (const column of moneyColumns)
      if (absent(column)) {
        if (column === 'EffectiveCost') {
          set(
            'EffectiveCost',
            values.get('BilledCost')!,
            'equal to BilledCost, as FOCUS says of charges that no other charge covers',
          )
          findings.push({
            code: 'effective_cost_derived',
            message: 'The file has no EffectiveCost; BilledCost stands in for it.',
          })
        } else {
          const price = index(column === 'ListCost' ? 'ListUnitPrice' : 'ContractedUnitPrice')
          const quantity = index('PricingQuantity')
          if (price !== null && quantity !== null)
            set(
              column,
              `CAST(if(${emptyAt(price)} OR ${emptyAt(quantity)}, NULL, toDecimal256OrNull(toString(${decimalAt(price)} * ${decimalAt(quantity)}), 30)), 'Nullable(Decimal(76, 30))')`,
              'unit price × quantity',
            )
        }
      }
    if (absent('ServiceProviderName')) {
      const provider = index('ProviderName')
      const publisher = index('PublisherName')
      const issuer = index('InvoiceIssuerName')
      if (provider !== null && publisher !== null) {
        // FOCUS 1.3 split ProviderName and PublisherName: on a marketplace the vendor provides and the cloud hosts.
        const direct = `(${textAt(publisher)} = '' OR ${textAt(publisher)} = ${textAt(provider)} OR startsWith(lower(${textAt(publisher)}), lower(${textAt(provider)})) OR arrayExists(own -> startsWith(lower(concat(${textAt(provider)}, '|', ${textAt(publisher)})), own), {ownPublishers:Array(String)}))`
        set(
          'ServiceProviderName',
          `if(${direct}, ${textAt(provider)}, ${textAt(publisher)})`,
          'from ProviderName and PublisherName',
        )
        if (absent('HostProviderName')) set('HostProviderName', textAt(provider), 'from ProviderName')
      } else if (provider ?? publisher ?? issuer) {
        const from = provider !== null ? 'ProviderName' : publisher !== null ? 'PublisherName' : 'InvoiceIssuerName'
        set('ServiceProviderName', textAt((provider ?? publisher ?? issuer)!), `from ${from}`)
      } else
        findings.push({
          code: 'provider_unknown',
          message: 'The file names no provider; its charges stand under an empty provider name.',
        })
    }
    for (const old of ['ProviderName', 'PublisherName']) {
      const at = index(old)
      if (at !== null) extra.push({ index: at, name: `x_${old}` })
    }
    if (absent('InvoiceIssuerName') && values.has('ServiceProviderName'))
      set('InvoiceIssuerName', values.get('ServiceProviderName')!, 'from the provider')
  }
}

/** The name, or the first of `name (2)`, `name (3)` … that is not taken; takes it. */
function unlike(name: string, taken: Set<string>): string {
  let own = name
  for (let n = 2; taken.has(own); n++) own = `${name} (${n})`
  taken.add(own)
  return own
}

/** Beginnings of the publisher names under which a cloud sells its own services, as `provider|publisher` in lower case. */
export const ownPublishers = [
  'aws|amazon',
  'aws|aws',
  'amazon web services|aws',
  'microsoft|azure',
  'azure|microsoft',
  'microsoft azure|microsoft',
  'google cloud|google',
  'google|google',
  'gcp|google',
  'oracle cloud|oracle',
  'oci|oracle',
  'oracle|oci',
  'yandex cloud|yandex',
  'yandex cloud|яндекс',
  'vk cloud|vk',
  'naver cloud|naver',
  'nhn cloud|nhn',
  'kt cloud|kt',
]
