import type { FeatureLevel, FocusColumn, FocusDataset, FocusVersion } from './columns'
import { columnById, columnsOf, rank } from './columns'
import { officialRuleIds } from './official-rules'

/** What the row must hold for a rule to speak about it. All of the terms must hold. */
export type Term =
  | { readonly column: string; readonly is: 'null' | 'set' }
  | { readonly column: string; readonly in: readonly string[] }
  /** A null counts as "not in". */
  | { readonly column: string; readonly notIn: readonly string[] }

export type JsonShape =
  | 'key-value'
  | 'json-object'
  | 'ContractApplied'
  | 'AllocatedMethodDetails'
  | 'CommitmentProgramEligibilityDetails'
  | 'ContractCommitmentApplicability'
  | 'SkuPriceDetails'
  | 'InvoiceDetailGrain'
  | 'AllocatedTags'

export type Check =
  | { readonly kind: 'present'; readonly column: string }
  | { readonly kind: 'not-null'; readonly column: string }
  | { readonly kind: 'null'; readonly column: string }
  /** Null in one exactly when null in the other. */
  | { readonly kind: 'null-together'; readonly column: string; readonly other: string }
  | { readonly kind: 'type'; readonly column: string }
  | {
      readonly kind: 'format'
      readonly column: string
      readonly format: 'numeric' | 'date-time' | 'currency' | 'unit' | 'duration' | 'not-blank'
    }
  | { readonly kind: 'enum'; readonly column: string; readonly values: readonly string[] }
  | {
      readonly kind: 'range'
      readonly column: string
      readonly minimum: string | null
      readonly maximum: string | null
    }
  | {
      readonly kind: 'value'
      readonly column: string
      readonly equals?: string
      readonly differs?: string
      readonly above?: string
      readonly below?: string
    }
  /** `column` = `factors[0]` × `factors[1]`, within rounding. */
  | { readonly kind: 'product'; readonly column: string; readonly factors: readonly [string, string] }
  | { readonly kind: 'same'; readonly column: string; readonly other: string; readonly negate?: boolean }
  /** `column` ≤ `other`, both instants. */
  | { readonly kind: 'order'; readonly column: string; readonly other: string }
  | { readonly kind: 'parent-category'; readonly column: string; readonly other: string }
  | { readonly kind: 'json'; readonly column: string; readonly shape: JsonShape }
  /** Over all rows: each value of `column` goes with one value of `other`. `except` are values of `other` left out. */
  | {
      readonly kind: 'one-parent'
      readonly column: string
      readonly other: string
      readonly scope?: readonly string[]
      readonly except?: readonly string[]
    }
  | { readonly kind: 'unique'; readonly columns: readonly string[] }
  | { readonly kind: 'group-sum'; readonly column: string; readonly identity: 'invoice' | 'commitment' }
  /** Over all cells of the row: a word or an empty text stands where null belongs. */
  | { readonly kind: 'null-words'; readonly column: string }
  | { readonly kind: 'custom-columns'; readonly column: string; readonly what: 'prefix' | 'length' }
  /** Binding, but no file shows whether it is kept. Reported as skipped, so nobody takes silence for a pass. */
  | { readonly kind: 'undecidable'; readonly column: string; readonly why: string }

export type RuleKind = Check['kind']
export type Keyword = 'must' | 'should' | 'may'

export type Rule = {
  /** Id of the published model where one is known, else an own id beginning with `IZ-`. */
  readonly id: string
  readonly dataset: FocusDataset
  readonly column: string
  readonly keyword: Keyword
  readonly requirement: string
  readonly remedy: string
  readonly when: readonly Term[]
  readonly check: Check
  readonly since: string
  /** First version the rule no longer belongs to. */
  readonly until: string | null
  /** Applicability criteria of the published model that switch the rule on; empty when it always applies. */
  readonly criteria: readonly string[]
}

/** Every rule of a dataset in a version: those that follow from the columns, then those across columns and rows. */
export function rulesOf(version: FocusVersion, dataset: FocusDataset = 'CostAndUsage'): Rule[] {
  const at = rank(version)
  const across = dataset === 'CostAndUsage' ? chargeRules() : otherDatasetRules(dataset)
  return [
    ...columnsOf(version, dataset).flatMap((column) => columnRules(column, version)),
    nullWordsRule(dataset),
    ...across,
  ].filter((rule) => rank(rule.since) <= at && (rule.until === null || at < rank(rule.until)))
}

function nullWordsRule(dataset: FocusDataset): Rule {
  return {
    id: 'NullHandling-A-002-M',
    dataset,
    column: '',
    keyword: 'must',
    requirement: 'An absent value is a real null: no empty text, no NULL, no N/A.',
    remedy: 'Leave the cell empty and unquoted in CSV, null in Parquet.',
    when: [],
    check: { kind: 'null-words', column: '' },
    since: '1.0',
    until: null,
    criteria: [],
  }
}

const prefixOf: Record<FocusDataset, string> = {
  CostAndUsage: 'CAU',
  ContractCommitment: 'CCT',
  BillingPeriod: 'BIP',
  InvoiceDetail: 'IND',
}

function columnRules(column: FocusColumn, version: FocusVersion): Rule[] {
  const official = column.dataset === 'CostAndUsage' ? (officialRuleIds[column.id] ?? {}) : {}
  const own = (what: string) => `IZ-${prefixOf[column.dataset]}-${column.id}-${what}`
  const base = {
    dataset: column.dataset,
    column: column.id,
    when: [],
    since: column.since,
    until: column.removed,
    criteria: [],
  }
  const rules: Rule[] = [
    {
      ...base,
      id: official.present ?? own('present'),
      keyword: presenceKeyword[column.level],
      requirement: `${column.id} is a ${column.level} column${column.condition ? ` (${lowerFirst(column.condition)})` : ''}.`,
      remedy:
        column.level === 'mandatory'
          ? `Add the column ${column.id}.`
          : `Add ${column.id} if the source has the capability; leave it out otherwise.`,
      check: { kind: 'present', column: column.id },
      criteria: column.level === 'conditional' ? (official.criteria ?? criteriaByCondition(column)) : [],
    },
    {
      ...base,
      id: official.type ?? own('type'),
      keyword: 'must',
      requirement: `${column.id} is of type ${column.type}.`,
      remedy: typeRemedy[column.type],
      check: { kind: 'type', column: column.id },
    },
  ]
  if (!column.nullable) {
    rules.push({
      ...base,
      id: official.notNull ?? own('not-null'),
      keyword: 'must',
      requirement: `${column.id} is never null.`,
      remedy: `Fill ${column.id} on every row.`,
      check: { kind: 'not-null', column: column.id },
    })
  }
  const format = formatCheck(column)
  if (format) {
    const virtualCurrency = column.format === 'currency' && column.id === 'PricingCurrency'
    rules.push({
      ...base,
      // Virtual currencies were allowed up to 1.3, and 1.4 still has columns for them: a warning, no failure.
      id: official.format ?? own('format'),
      keyword: column.format === 'unit' || virtualCurrency || column.format === 'string' ? 'should' : 'must',
      requirement: `${column.id} follows the ${format.what}.`,
      remedy: format.remedy,
      check: { kind: 'format', column: column.id, format: format.format },
    })
  }
  if (column.allowedValues) {
    rules.push({
      ...base,
      id: official.enum ?? own('allowed-values'),
      keyword: 'must',
      requirement: `${column.id} is one of the ${column.allowedValues.length} allowed values, spelled exactly.`,
      remedy:
        column.allowedValues.length <= 8
          ? `Use one of: ${column.allowedValues.join(', ')}.`
          : 'Use a value of the published list.',
      check: { kind: 'enum', column: column.id, values: column.allowedValues },
    })
  }
  if (column.minimum !== null || column.maximum !== null) {
    rules.push({
      ...base,
      id: official.range ?? own('range'),
      keyword: 'must',
      requirement: `${column.id} is ${[column.minimum && `at least ${column.minimum}`, column.maximum && `at most ${column.maximum}`].filter(Boolean).join(' and ')}.`,
      remedy: 'Costs may be negative, prices and ratios may not; put the sign on the quantity.',
      check: { kind: 'range', column: column.id, minimum: column.minimum, maximum: column.maximum },
    })
  }
  if (column.type === 'json') {
    const shape = jsonShapeOf(column, version)
    rules.push({
      ...base,
      id: column.format === 'key-value' ? (official.format ?? own('shape')) : own('shape'),
      keyword: 'must',
      requirement: `${column.id} holds a JSON object of the published shape (${shape}).`,
      remedy: 'See the column in the specification for its keys; custom keys begin with x_.',
      check: { kind: 'json', column: column.id, shape },
    })
  }
  return rules
}

const presenceKeyword: Record<FeatureLevel, Keyword> = { mandatory: 'must', conditional: 'must', recommended: 'may' }

const typeRemedy = {
  string: 'Write the value as text.',
  decimal: 'Write a plain number: no currency sign, no thousands separator, no unit.',
  datetime: 'Write an instant as YYYY-MM-DDTHH:mm:ssZ in UTC.',
  json: 'Write a JSON object.',
}

function formatCheck(column: FocusColumn) {
  switch (column.format) {
    case 'numeric':
      return {
        format: 'numeric',
        what: 'numeric format',
        remedy: 'Digits, a point, a leading minus; E for exponents; no plus sign.',
      } as const
    case 'date-time':
      return { format: 'date-time', what: 'date/time format', remedy: 'Write YYYY-MM-DDTHH:mm:ssZ in UTC.' } as const
    case 'currency':
      return { format: 'currency', what: 'currency format', remedy: 'Use a three-letter ISO 4217 code.' } as const
    case 'unit':
      return {
        format: 'unit',
        what: 'unit format',
        remedy:
          'Plural nouns, hyphens between multiplied units, a slash for a ratio: Hours, GB-Hours, GB/Hour, 1000 Tokens.',
      } as const
    case 'duration':
      return {
        format: 'duration',
        what: 'duration format',
        remedy: 'A positive whole number and a time unit: 1 Year, 3 Months.',
      } as const
    case 'string':
      return column.nullable
        ? null
        : ({
            format: 'not-blank',
            what: 'string handling (not empty, not only blanks)',
            remedy: 'Write the real value.',
          } as const)
    default:
      return null
  }
}

function jsonShapeOf(column: FocusColumn, version: FocusVersion): JsonShape {
  switch (column.id) {
    case 'ContractApplied':
    case 'AllocatedMethodDetails':
    case 'CommitmentProgramEligibilityDetails':
    case 'ContractCommitmentApplicability':
    case 'InvoiceDetailGrain':
    case 'AllocatedTags':
      return column.id
    case 'SkuPriceDetails':
      // Its keys are defined since 1.2; 1.1 asks for a key-value object only.
      return rank(version) >= rank('1.2') ? 'SkuPriceDetails' : 'key-value'
    default:
      return column.format === 'key-value' ? 'key-value' : 'json-object'
  }
}

function criteriaByCondition(column: FocusColumn): string[] {
  const condition = column.condition ?? ''
  if (/split cost allocation/.test(condition)) return ['DATA_GENERATOR_SPLIT_COST_ALLOCATION_SUPPORTED']
  if (/contract commitments/.test(condition)) return ['CONTRACT_COMMITMENTS_SUPPORTED']
  if (/different currencies/.test(condition) && /pricing and billing/.test(condition))
    return ['PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED']
  return condition === '' ? [] : [condition]
}

// ── Cost and Usage: across columns and rows ──────────────────────────────────────────────────────────────────────

type Draft = Partial<Rule> & { what: string; keyword: Keyword; requirement: string; remedy: string; check: Check }

function draft(dataset: FocusDataset, rule: Draft): Rule {
  const { what, ...rest } = rule
  const column = 'column' in rule.check ? rule.check.column : (rule.check.columns[0] ?? '')
  return {
    id: ['IZ', prefixOf[dataset], column, what].filter((part) => part !== '').join('-'),
    dataset,
    column,
    when: [],
    since: columnById(column, dataset)?.since ?? '1.0',
    until: null,
    criteria: [],
    ...rest,
  }
}

const usageOrPurchase: Term[] = [
  { column: 'ChargeCategory', in: ['Usage', 'Purchase'] },
  { column: 'ChargeClass', notIn: ['Correction'] },
]
const isTax: Term[] = [{ column: 'ChargeCategory', in: ['Tax'] }]
const commitmentSet: Term = { column: 'CommitmentDiscountId', is: 'set' }
const isUsage: Term = { column: 'ChargeCategory', in: ['Usage'] }
const isPurchase: Term = { column: 'ChargeCategory', in: ['Purchase'] }
const noCorrection: Term = { column: 'ChargeClass', notIn: ['Correction'] }

let cachedChargeRules: Rule[] | null = null

function chargeRules(): Rule[] {
  cachedChargeRules ??= buildChargeRules()
  return cachedChargeRules
}

function buildChargeRules(): Rule[] {
  const rules: Rule[] = []
  const add = (rule: Draft) => rules.push(draft('CostAndUsage', rule))
  const together = (column: string, other: string, id?: string, since?: string) =>
    add({
      what: `with-${other}`,
      ...(id === undefined ? {} : { id }),
      ...(since === undefined ? {} : { since }),
      keyword: 'must',
      requirement: `${column} is null exactly when ${other} is null.`,
      remedy: `Fill both ${column} and ${other}, or neither.`,
      check: { kind: 'null-together', column, other },
    })
  const nullWith = (column: string, other: string, id?: string, since?: string) =>
    add({
      what: `null-without-${other}`,
      ...(id === undefined ? {} : { id }),
      ...(since === undefined ? {} : { since }),
      keyword: 'must',
      requirement: `${column} is null when ${other} is null.`,
      remedy: `Clear ${column} or fill ${other}.`,
      when: [{ column: other, is: 'null' }],
      check: { kind: 'null', column },
    })

  together('CommitmentDiscountCategory', 'CommitmentDiscountId', 'CommitmentDiscountCategory-C-002-C')
  together('CommitmentDiscountType', 'CommitmentDiscountId', 'CommitmentDiscountType-C-003-C')
  together('CommitmentDiscountUnit', 'CommitmentDiscountQuantity', 'CommitmentDiscountUnit-C-004-C')
  together('ConsumedUnit', 'ConsumedQuantity', 'ConsumedUnit-C-004-C')
  together('PricingUnit', 'PricingQuantity', 'PricingUnit-C-004-C')
  together('RegionName', 'RegionId', 'RegionName-C-003-C')
  together('ResourceType', 'ResourceId', 'ResourceType-C-003-C')
  together('SubAccountName', 'SubAccountId', 'SubAccountName-C-003-C')
  together('SubAccountType', 'SubAccountId', 'SubAccountType-C-003-C')
  together('BillingAccountType', 'BillingAccountId', 'BillingAccountType-C-003-C')
  together('AllocatedResourceName', 'AllocatedResourceId')
  together('InvoiceDetailId', 'InvoiceId', undefined, '1.4')

  nullWith('CapacityReservationStatus', 'CapacityReservationId', 'CapacityReservationStatus-C-003-C')
  nullWith('CommitmentDiscountName', 'CommitmentDiscountId', 'CommitmentDiscountName-C-004-C')
  nullWith('CommitmentDiscountStatus', 'CommitmentDiscountId', 'CommitmentDiscountStatus-C-003-C')
  nullWith('ResourceName', 'ResourceId')
  nullWith('SkuMeter', 'SkuId', 'SkuMeter-C-004-C')
  nullWith('SkuPriceDetails', 'SkuPriceId', 'SkuPriceDetails-C-004-C')
  nullWith('AllocatedResourceId', 'AllocatedMethodId')
  nullWith('AllocatedMethodDetails', 'AllocatedMethodId')
  nullWith('AllocatedTags', 'AllocatedMethodId')

  // The null matrix by charge category.
  const priced: [column: string, taxId: string, setId: string][] = [
    ['SkuId', 'SkuId-C-004-C', 'SkuId-C-005-C'],
    ['SkuPriceId', 'SkuPriceId-C-004-C', 'SkuPriceId-C-005-C'],
    ['ListUnitPrice', 'ListUnitPrice-C-004-C', 'ListUnitPrice-C-005-C'],
    ['ContractedUnitPrice', 'ContractedUnitPrice-C-005-C', 'ContractedUnitPrice-C-006-C'],
    ['PricingCurrencyListUnitPrice', 'PricingCurrencyListUnitPrice-C-004-C', 'PricingCurrencyListUnitPrice-C-005-C'],
    ['PricingCurrencyContractedUnitPrice', '', ''],
    ['PricingCategory', 'PricingCategory-C-003-C', 'PricingCategory-C-004-C'],
    ['PricingQuantity', 'PricingQuantity-C-004-C', 'PricingQuantity-C-005-C'],
  ]
  for (const [column, taxId, setId] of priced) {
    add({
      what: 'null-on-tax',
      ...(taxId ? { id: taxId } : {}),
      keyword: 'must',
      requirement: `${column} is null on taxes.`,
      remedy: `Clear ${column}: a tax has no price of its own.`,
      when: isTax,
      check: { kind: 'null', column },
    })
    add({
      what: 'set-on-usage-and-purchase',
      ...(setId ? { id: setId } : {}),
      keyword: 'must',
      requirement: `${column} is set on usage and purchases, corrections excepted.`,
      remedy: `Fill ${column} from the price list of the provider.`,
      when: usageOrPurchase,
      check: { kind: 'not-null', column },
    })
    if (column === 'SkuId' || column === 'SkuPriceId') continue
    nullWith(column, 'SkuPriceId', undefined, '1.3')
    if (!column.endsWith('UnitPrice')) continue
    add({
      what: 'set-with-SkuPriceId',
      keyword: 'must',
      requirement: `${column} is set whenever SkuPriceId is set.`,
      remedy: `Fill ${column}, or clear SkuPriceId if no price applies.`,
      when: [{ column: 'SkuPriceId', is: 'set' }, noCorrection],
      check: { kind: 'not-null', column },
      since: '1.3',
    })
  }
  const consumptionRemedy = 'Metered amounts belong on the usage row only.'
  add({
    what: 'null-unless-usage',
    id: 'ConsumedQuantity-C-004-C',
    keyword: 'must',
    requirement: 'ConsumedQuantity is null on everything but usage.',
    remedy: consumptionRemedy,
    when: [{ column: 'ChargeCategory', notIn: ['Usage'] }],
    check: { kind: 'null', column: 'ConsumedQuantity' },
  })
  add({
    what: 'null-on-unused',
    keyword: 'must',
    requirement: 'ConsumedQuantity is null on the unused part of a commitment.',
    remedy: consumptionRemedy,
    when: [isUsage, { column: 'CommitmentDiscountStatus', in: ['Unused'] }],
    check: { kind: 'null', column: 'ConsumedQuantity' },
  })
  add({
    what: 'set-on-usage',
    id: 'ConsumedQuantity-C-006-C',
    keyword: 'must',
    requirement: 'ConsumedQuantity is set on priced usage, unused commitments and corrections excepted.',
    remedy: 'Fill the metered amount and its unit.',
    when: [
      isUsage,
      { column: 'CommitmentDiscountStatus', notIn: ['Unused'] },
      { column: 'SkuPriceId', is: 'set' },
      noCorrection,
    ],
    check: { kind: 'not-null', column: 'ConsumedQuantity' },
  })
  add({
    what: 'null-unless-usage-or-purchase',
    id: 'CommitmentDiscountQuantity-C-007-C',
    keyword: 'must',
    requirement: 'CommitmentDiscountQuantity is null on everything but usage and purchases.',
    remedy: 'Clear CommitmentDiscountQuantity and its unit.',
    when: [{ column: 'ChargeCategory', notIn: ['Usage', 'Purchase'] }],
    check: { kind: 'null', column: 'CommitmentDiscountQuantity' },
  })
  nullWith('CommitmentDiscountQuantity', 'CommitmentDiscountId')
  nullWith('CommitmentDiscountQuantity', 'SkuPriceId', undefined, '1.4')
  add({
    what: 'set-with-commitment',
    id: 'CommitmentDiscountQuantity-C-005-C',
    keyword: 'must',
    requirement: 'CommitmentDiscountQuantity is set on usage and purchases of a commitment, corrections excepted.',
    remedy: 'Fill the units bought, consumed or left over.',
    when: [...usageOrPurchase, commitmentSet, { column: 'SkuPriceId', is: 'set' }],
    check: { kind: 'not-null', column: 'CommitmentDiscountQuantity' },
  })
  for (const [status, id, official] of [
    ['CommitmentDiscountStatus', 'CommitmentDiscountId', 'CommitmentDiscountStatus-C-004-C'],
    ['CapacityReservationStatus', 'CapacityReservationId', 'CapacityReservationStatus-C-004-C'],
  ] as const) {
    add({
      what: 'set-on-usage',
      id: official,
      keyword: 'must',
      requirement: `${status} is set on usage that has a ${id}.`,
      remedy: 'Say Used for the consumed part and Unused for the idle part.',
      when: [isUsage, { column: id, is: 'set' }],
      check: { kind: 'not-null', column: status },
    })
  }
  add({
    what: 'no-usage-based-purchase',
    id: 'ChargeFrequency-C-004-C',
    keyword: 'must',
    requirement: 'A purchase is never Usage-Based.',
    remedy: 'Use One-Time or Recurring.',
    when: [isPurchase],
    check: { kind: 'value', column: 'ChargeFrequency', differs: 'Usage-Based' },
  })
  add({
    what: 'not-committed-purchase',
    keyword: 'must',
    requirement: 'The purchase of a commitment is not itself priced as Committed.',
    remedy: 'Use Standard on the purchase; Committed belongs on the usage it covers.',
    when: [isPurchase, commitmentSet],
    check: { kind: 'value', column: 'PricingCategory', differs: 'Committed' },
  })
  add({
    what: 'is-resource-of-purchase',
    keyword: 'must',
    requirement: 'On the purchase of a commitment ResourceId is the commitment itself.',
    remedy: 'Write the commitment into ResourceId, in the same letter case.',
    when: [isPurchase, commitmentSet],
    check: { kind: 'same', column: 'CommitmentDiscountId', other: 'ResourceId' },
  })
  add({
    what: 'is-resource-of-unused',
    keyword: 'must',
    requirement: 'On the unused part of a commitment ResourceId is the commitment itself.',
    remedy: 'Write the commitment into ResourceId, in the same letter case.',
    when: [isUsage, commitmentSet, { column: 'CommitmentDiscountStatus', in: ['Unused'] }],
    check: { kind: 'same', column: 'CommitmentDiscountId', other: 'ResourceId' },
  })

  // Cost arithmetic. Corrections were exempt up to 1.2.
  for (const [cost, price, official] of [
    ['ListCost', 'ListUnitPrice', 'ListCost-C-009-C'],
    ['ContractedCost', 'ContractedUnitPrice', 'ContractedUnitPrice-C-011-C'],
  ] as const) {
    const product = {
      keyword: 'must' as const,
      requirement: `${cost} is ${price} × PricingQuantity.`,
      remedy: `Recompute ${cost} from the full digits of ${price} and PricingQuantity.`,
      check: { kind: 'product' as const, column: cost, factors: [price, 'PricingQuantity'] as const },
    }
    add({ ...product, what: 'product', id: official, when: [noCorrection], until: '1.3' })
    add({ ...product, what: 'product', id: official, since: '1.3' })
    add({
      what: 'is-BilledCost-on-credit',
      keyword: 'must',
      requirement: `${cost} of a credit without ${price} equals BilledCost.`,
      remedy: `Copy BilledCost into ${cost}.`,
      when: [
        { column: 'ChargeCategory', in: ['Credit'] },
        { column: price, is: 'null' },
      ],
      check: { kind: 'same', column: cost, other: 'BilledCost' },
    })
    add({
      what: 'derived-on-tax',
      keyword: 'must',
      requirement: `${cost} of a tax derives from the ${cost} of the charges it is computed on.`,
      remedy: 'Compare with the charges of the same invoice.',
      when: isTax,
      check: { kind: 'undecidable', column: cost, why: 'a row does not name the charges it is computed on' },
    })
  }
  add({
    what: 'is-BilledCost-on-tax-and-credit',
    keyword: 'must',
    requirement: 'EffectiveCost of taxes and credits equals BilledCost.',
    remedy: 'Copy BilledCost into EffectiveCost.',
    when: [{ column: 'ChargeCategory', in: ['Tax', 'Credit'] }],
    check: { kind: 'same', column: 'EffectiveCost', other: 'BilledCost' },
    since: '1.4',
  })
  add({
    what: 'zero-on-commitment-purchase',
    id: 'EffectiveCost-C-005-C',
    keyword: 'must',
    requirement: 'EffectiveCost is 0 on a purchase that covers other charges.',
    remedy: 'Move the cost to the covered usage rows; keep the fee in BilledCost.',
    when: [isPurchase, commitmentSet],
    check: { kind: 'value', column: 'EffectiveCost', equals: '0' },
  })
  add({
    what: 'zero-on-unused',
    keyword: 'must',
    requirement: 'BilledCost is 0 on the unused part of a commitment: the purchase row billed it.',
    remedy: 'Set BilledCost to 0 and show the waste in EffectiveCost.',
    when: [isUsage, { column: 'CommitmentDiscountStatus', in: ['Unused'] }],
    check: { kind: 'value', column: 'BilledCost', equals: '0' },
  })
  add({
    what: 'covered-usage',
    keyword: 'must',
    requirement: 'EffectiveCost of usage that no other charge covers equals BilledCost.',
    remedy: 'Compare with the purchases of the account.',
    when: [isUsage],
    check: {
      kind: 'undecidable',
      column: 'EffectiveCost',
      why: 'whether a prepaid purchase covers the row is not written in it',
    },
  })
  add({
    what: 'commitment-identity',
    id: 'EffectiveCost-C-011-C',
    keyword: 'must',
    requirement:
      'Over its term a commitment costs as much amortised (usage, used and unused) as it was billed (purchases).',
    remedy: 'Look for missing unused rows or a purchase that kept its EffectiveCost.',
    check: { kind: 'group-sum', column: 'EffectiveCost', identity: 'commitment' },
  })
  add({
    what: 'invoice-total',
    keyword: 'must',
    requirement:
      'BilledCost adds up to the payable amount of the issued invoice, within max(100 × s, 0.5 × √rows × s).',
    remedy: 'Look for missing or repeated rows of the invoice.',
    check: { kind: 'group-sum', column: 'BilledCost', identity: 'invoice' },
  })

  // Categories, SKUs, periods.
  add({
    what: 'category',
    id: 'ServiceSubcategory-C-004-M',
    keyword: 'must',
    requirement: 'ServiceSubcategory belongs to ServiceCategory.',
    remedy: 'Use a subcategory of that category, or Other (<category>).',
    check: { kind: 'parent-category', column: 'ServiceSubcategory', other: 'ServiceCategory' },
  })
  add({
    what: 'one-category',
    id: 'ServiceName-C-005-C',
    keyword: 'must',
    requirement: 'A service has one category.',
    remedy: 'Pick the category of its main purpose for all its rows.',
    check: {
      kind: 'one-parent',
      column: 'ServiceName',
      other: 'ServiceCategory',
      scope: ['ServiceProviderName', 'ProviderName'],
      except: ['Other'],
    },
  })
  add({
    what: 'one-subcategory',
    id: 'ServiceName-C-008-C',
    keyword: 'should',
    requirement: 'A service has one subcategory.',
    remedy: 'Pick the subcategory of its main purpose for all its rows.',
    check: {
      kind: 'one-parent',
      column: 'ServiceName',
      other: 'ServiceSubcategory',
      scope: ['ServiceProviderName', 'ProviderName'],
    },
    since: '1.1',
  })
  add({
    what: 'one-sku',
    id: 'SkuPriceId-C-008-M',
    keyword: 'must',
    requirement: 'A SkuPriceId has one SkuId.',
    remedy: 'Give each price of a SKU an id of its own.',
    check: { kind: 'one-parent', column: 'SkuPriceId', other: 'SkuId', scope: ['ServiceProviderName', 'ProviderName'] },
  })
  add({
    what: 'one-unit',
    keyword: 'must',
    requirement: 'A commitment is counted in one unit.',
    remedy: 'Convert the quantities to the unit of the purchase.',
    check: {
      kind: 'one-parent',
      column: 'CommitmentDiscountId',
      other: 'CommitmentDiscountUnit',
      scope: ['ServiceProviderName', 'ProviderName'],
    },
    since: '1.1',
  })
  add({
    what: 'one-currency',
    keyword: 'must',
    requirement: 'An invoice has one billing currency.',
    remedy: 'Split the rows by invoice, or correct BillingCurrency.',
    check: { kind: 'one-parent', column: 'InvoiceId', other: 'BillingCurrency', scope: ['InvoiceIssuerName'] },
    since: '1.2',
  })
  for (const period of ['BillingPeriod', 'ChargePeriod'] as const) {
    add({
      what: 'order',
      keyword: 'must',
      requirement: `${period}Start is not after ${period}End.`,
      remedy: 'The start is inclusive, the end exclusive.',
      check: { kind: 'order', column: `${period}Start`, other: `${period}End` },
    })
  }
  add({
    what: 'correction-of-earlier-period',
    keyword: 'should',
    requirement: 'A correction keeps the original charge period and lies in a later billing period.',
    remedy: 'Leave ChargeClass null for corrections inside an open period.',
    when: [{ column: 'ChargeClass', in: ['Correction'] }],
    check: { kind: 'order', column: 'ChargePeriodEnd', other: 'BillingPeriodStart' },
  })
  add({
    what: 'set',
    keyword: 'should',
    requirement: 'ChargeDescription says what the charge is.',
    remedy: 'Fill ChargeDescription.',
    check: { kind: 'not-null', column: 'ChargeDescription' },
  })
  add({
    what: 'set-with-SkuId',
    id: 'SkuMeter-C-005-C',
    keyword: 'should',
    requirement: 'SkuMeter names what the SKU measures.',
    remedy: 'Fill SkuMeter.',
    when: [{ column: 'SkuId', is: 'set' }],
    check: { kind: 'not-null', column: 'SkuMeter' },
  })
  add({
    what: 'set-with-AllocatedMethodId',
    keyword: 'should',
    requirement: 'A split row says how it was split.',
    remedy: 'Fill AllocatedMethodDetails.',
    when: [{ column: 'AllocatedMethodId', is: 'set' }],
    check: { kind: 'not-null', column: 'AllocatedMethodDetails' },
  })
  add({
    what: 'set',
    keyword: 'should',
    requirement: 'HostProviderName is null only on taxes and adjustments.',
    remedy: 'Repeat ServiceProviderName when the host is not known.',
    when: [{ column: 'ChargeCategory', notIn: ['Tax', 'Adjustment'] }],
    check: { kind: 'not-null', column: 'HostProviderName' },
  })
  add({
    what: 'not-the-id',
    keyword: 'should',
    requirement: 'ResourceName does not merely repeat ResourceId.',
    remedy: 'Leave ResourceName null where the resource has no display name.',
    when: [{ column: 'ResourceName', is: 'set' }],
    check: { kind: 'same', column: 'ResourceName', other: 'ResourceId', negate: true },
  })
  add({
    what: 'custom-prefix',
    id: 'ColumnHandling-A-010-M',
    keyword: 'must',
    requirement: 'Columns that are not of FOCUS begin with x_.',
    remedy: 'Rename the column, or drop it.',
    check: { kind: 'custom-columns', column: '', what: 'prefix' },
    since: '1.0',
  })
  add({
    what: 'name-length',
    id: 'ColumnHandling-A-005-O',
    keyword: 'should',
    requirement: 'Column names have at most 50 characters.',
    remedy: 'Shorten the name.',
    check: { kind: 'custom-columns', column: '', what: 'length' },
    since: '1.0',
  })
  for (const [column, why] of [
    ['BillingAccountId', 'uniqueness within an issuer needs the issuer’s whole list of accounts'],
    ['CommitmentDiscountId', 'uniqueness within a provider needs the provider’s whole list'],
    ['ChargeClass', 'whether the corrected period was closed is not written in the row'],
  ] as const) {
    add({
      what: 'meaning',
      keyword: 'must',
      requirement: `${column} means what the specification says.`,
      remedy: 'Ask the provider.',
      check: { kind: 'undecidable', column, why },
    })
  }
  return rules
}

// ── The reference datasets ───────────────────────────────────────────────────────────────────────────────────────

function otherDatasetRules(dataset: FocusDataset): Rule[] {
  const rules: Rule[] = []
  const add = (rule: Draft) => rules.push(draft(dataset, rule))
  const notNull = (column: string, when: Term[], requirement: string) =>
    add({
      what: 'set',
      keyword: 'must',
      requirement,
      remedy: `Fill ${column}.`,
      when,
      check: { kind: 'not-null', column },
    })
  const order = (column: string, other: string, since = '1.4') =>
    add({
      what: `before-${other}`,
      keyword: 'must',
      requirement: `${column} is not after ${other}.`,
      remedy: 'Correct one of the two instants.',
      check: { kind: 'order', column, other },
      since,
    })
  const value = (
    column: string,
    when: Term[],
    check: { equals?: string; differs?: string; above?: string; below?: string },
    requirement: string,
    what: string,
  ) =>
    add({
      what,
      keyword: 'must',
      requirement,
      remedy: `Correct ${column}.`,
      when,
      check: { kind: 'value', column, ...check },
    })

  if (dataset === 'ContractCommitment') {
    const spend: Term[] = [{ column: 'ContractCommitmentCategory', in: ['Spend'] }]
    const usage: Term[] = [{ column: 'ContractCommitmentCategory', in: ['Usage'] }]
    notNull('BillingCurrency', spend, 'A spend commitment names its currency.')
    notNull('ContractCommitmentCost', spend, 'A spend commitment has a cost.')
    notNull('ContractCommitmentQuantity', usage, 'A usage commitment has a quantity.')
    notNull(
      'PricingCurrencyContractCommitmentCost',
      spend,
      'A spend commitment has its cost in the pricing currency too.',
    )
    notNull(
      'ContractCommitmentDiscountPercentage',
      [{ column: 'ContractCommitmentBenefitCategory', in: ['Discount'] }],
      'A discount has a percentage.',
    )
    add({
      what: 'with-quantity',
      keyword: 'must',
      requirement: 'ContractCommitmentUnit is null exactly when ContractCommitmentQuantity is null.',
      remedy: 'Fill both or neither.',
      check: { kind: 'null-together', column: 'ContractCommitmentUnit', other: 'ContractCommitmentQuantity' },
    })
    add({
      what: 'null-on-availability',
      keyword: 'must',
      requirement: 'A commitment to availability has no discount percentage.',
      remedy: 'Clear ContractCommitmentDiscountPercentage.',
      when: [{ column: 'ContractCommitmentBenefitCategory', in: ['Availability'] }],
      check: { kind: 'null', column: 'ContractCommitmentDiscountPercentage' },
    })
    value(
      'ContractCommitmentModel',
      [{ column: 'ContractCommitmentFulfillmentInterval', in: ['Full Period'] }],
      { equals: 'Discontinuous' },
      'A commitment over the full period is discontinuous.',
      'full-period',
    )
    value(
      'ContractCommitmentPaymentInterval',
      [{ column: 'ContractCommitmentPaymentModel', in: ['All Upfront'] }],
      { equals: 'One-Time' },
      'All upfront means one payment.',
      'all-upfront',
    )
    const upfront = 'ContractCommitmentPaymentUpfrontPercentage'
    value(
      upfront,
      [{ column: 'ContractCommitmentPaymentModel', in: ['All Upfront'] }],
      { equals: '1' },
      'All upfront is a share of 1.',
      'all',
    )
    value(
      upfront,
      [{ column: 'ContractCommitmentPaymentModel', in: ['No Upfront'] }],
      { equals: '0' },
      'No upfront is a share of 0.',
      'none',
    )
    value(
      upfront,
      [{ column: 'ContractCommitmentPaymentModel', in: ['Partial Upfront'] }],
      { above: '0', below: '1' },
      'Partial upfront is a share between 0 and 1.',
      'partial',
    )
    order('ContractCommitmentCreated', 'ContractCommitmentLastUpdated')
    order('ContractCommitmentPeriodStart', 'ContractCommitmentPeriodEnd', '1.3')
    order('ContractPeriodStart', 'ContractPeriodEnd', '1.3')
    add({
      what: 'one-contract',
      keyword: 'must',
      requirement: 'A commitment belongs to one contract.',
      remedy: 'Correct ContractId.',
      check: {
        kind: 'one-parent',
        column: 'ContractCommitmentId',
        other: 'ContractId',
        scope: ['ServiceProviderName'],
      },
    })
    add({
      what: 'set',
      keyword: 'should',
      requirement: 'ContractCommitmentDescription says what was agreed.',
      remedy: 'Fill ContractCommitmentDescription.',
      check: { kind: 'not-null', column: 'ContractCommitmentDescription' },
    })
  }
  if (dataset === 'BillingPeriod') {
    order('BillingPeriodStart', 'BillingPeriodEnd')
    order('BillingPeriodCreated', 'BillingPeriodLastUpdated')
    add({
      what: 'one-row',
      keyword: 'must',
      requirement: 'An issuer has one row a billing period.',
      remedy: 'Keep the row updated last.',
      check: { kind: 'unique', columns: ['BillingPeriodStart', 'BillingPeriodEnd', 'InvoiceIssuerName'] },
    })
    add({
      what: 'no-way-back',
      keyword: 'must',
      requirement: 'A closed period stays closed unless the customer asks.',
      remedy: 'Compare with the delivery before.',
      check: { kind: 'undecidable', column: 'BillingPeriodStatus', why: 'the earlier status is not in the file' },
    })
  }
  if (dataset === 'InvoiceDetail') {
    order('BillingPeriodStart', 'BillingPeriodEnd')
    order('InvoiceDetailCreated', 'InvoiceDetailLastUpdated')
    notNull(
      'InvoiceIssueDate',
      [{ column: 'InvoiceIssueStatus', in: ['Issued'] }],
      'An issued invoice has a date of issue.',
    )
    add({
      what: 'unique',
      keyword: 'must',
      requirement: 'InvoiceDetailId is unique within an invoice.',
      remedy: 'Number the lines of the invoice.',
      check: { kind: 'unique', columns: ['InvoiceDetailId', 'InvoiceId', 'InvoiceIssuerName'] },
    })
    add({
      what: 'one-currency',
      keyword: 'must',
      requirement: 'An invoice has one billing currency.',
      remedy: 'Correct BillingCurrency.',
      check: { kind: 'one-parent', column: 'InvoiceId', other: 'BillingCurrency', scope: ['InvoiceIssuerName'] },
    })
    add({
      what: 'set',
      keyword: 'should',
      requirement: 'InvoiceDetailDescription says what the line is.',
      remedy: 'Fill InvoiceDetailDescription.',
      check: { kind: 'not-null', column: 'InvoiceDetailDescription' },
    })
  }
  add({
    what: 'custom-prefix',
    keyword: 'must',
    requirement: 'Columns that are not of FOCUS begin with x_.',
    remedy: 'Rename the column, or drop it.',
    check: { kind: 'custom-columns', column: '', what: 'prefix' },
    since: '1.0',
  })
  return rules
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}
