import type { Scope } from '../../primitives/scope'
import type { ClickHouse } from '../../storage/clickhouse'
import { liveProviderUsageSql } from '../connections'
import { liveBatchesSql } from '../ledger'
import {
  chargeKeySql,
  chargeLeafSql,
  chargeModelSql,
  chargeTermSql,
  chargeTokensSql,
  leafOfUnitSql,
  modelSql,
  pricedModelSql,
  termSql,
} from './leaf-sql'

/** Days `[from, to)` in the provider's zone. */
export type Days = { from: string; to: string }

export type AccountFacts = {
  provider: string
  account: string
  accountName: string
  subAccounts: string[]
  connections: string[]
  /** seconds after midnight UTC at which the account's days start */
  offset: number
  /** longest usage line, seconds */
  longest: number
  /** decimal places of its amounts */
  digits: number
  recordedAt: string
}
export type BillRow = {
  provider: string
  account: string
  currency: string
  pricingCurrency: string
  usage: 0 | 1
  day: string
  model: string
  key: string
  keyName: string
  leaf: string
  term: string
  billed: string
  /** the same in the pricing currency; null where a line does not say */
  priced: string | null
  quantity: string | null
  invoiced: string
  invoicedPriced: string
  lines: string
}
export type CallRow = {
  provider: string
  account: string
  currency: string
  day: string
  model: string
  key: string
  leaf: string
  term: string
  cost: string
  quantity: string
  unpriced: string
  nearStart: string
  nearEnd: string
  recordedLater: string
  calls: string
}
export type ProviderRow = {
  connector: string
  connection: string
  account: string
  day: string
  model: string
  rawModel: string
  key: string
  keyName: string
  leaf: string
  unit: string
  term: string
  tier: string
  region: string
  quantity: string
}

const day = 86_400_000
const text = (at: number) => new Date(at).toISOString().slice(0, 19)
/** A day more on both sides: a zone's day is not UTC's, and neighbours are looked at. */
const wide = ({ from, to }: Days) => ({
  from: text(Date.parse(from) - 2 * day),
  to: text(Date.parse(to) + 2 * day),
})

/** Usage that only tells tokens once more, by person: it would count twice. */
const secondViews = ['usage/claude_code']

// Bills have much that no call causes. What is compared names a model in its price, or is of a service that calls name.
const comparedCharges = `x_OrganizationId = {organizationId:UUID} AND x_BatchId IN (${liveBatchesSql(false)})
  AND ChargePeriodStart >= {from:DateTime('UTC')} AND ChargePeriodStart < {to:DateTime('UTC')}
  AND (${pricedModelSql} != '' OR ServiceSubcategory = 'Generative AI' OR (ServiceProviderName, ServiceName) IN (
    SELECT DISTINCT ServiceProviderName, ServiceName FROM usage_coarse_v1 WHERE OrganizationId = {organizationId:UUID}
      AND BucketHours = 24 AND Bucket >= {from:DateTime('UTC')} AND Bucket < {to:DateTime('UTC')} AND ServiceName != ''))`

const usageLine = "ChargeCategory = 'Usage'"

/** The accounts whose charges are compared, and how their lines are cut. */
export function readAccounts(clickhouse: ClickHouse, scope: Scope, days: Days): Promise<AccountFacts[]> {
  return clickhouse.query<AccountFacts>({
    name: 'reconciliation.accounts',
    sql: `SELECT toString(ServiceProviderName) AS provider, toString(BillingAccountId) AS account, anyLast(toString(BillingAccountName)) AS accountName,
        arrayFilter(s -> s != '', groupUniqArray(toString(SubAccountId))) AS subAccounts, groupUniqArray(toString(x_ConnectionId)) AS connections,
        toInt32(arrayElement(topKIf(1)(toUnixTimestamp(ChargePeriodStart) % 86400, ${usageLine} AND dateDiff('second', ChargePeriodStart, ChargePeriodEnd) >= 82800), 1)) AS offset,
        toInt32(maxIf(dateDiff('second', ChargePeriodStart, ChargePeriodEnd), ${usageLine})) AS longest,
        toInt32(max(length(extract(toString(BilledCost), '[.]([0-9]*)')))) AS digits,
        formatDateTime(max(batch.RecordedAt), '%FT%TZ', 'UTC') AS recordedAt
      FROM charges_v1 LEFT JOIN (SELECT BatchId, RecordedAt FROM batches_v1 WHERE OrganizationId = {organizationId:UUID}) AS batch ON x_BatchId = batch.BatchId
      WHERE ${comparedCharges} GROUP BY provider, account HAVING countIf(${usageLine}) > 0 ORDER BY provider, account`,
    params: { organizationId: scope.organizationId, ...wide(days) },
  })
}

const offsetParams = (accounts: readonly AccountFacts[]) => {
  const offsets = new Map(accounts.map(({ provider, offset }) => [provider, offset]))
  return { zoned: ['', ...offsets.keys()], offsets: [0, ...offsets.values()] }
}
const localSql = (time: string, provider: string) =>
  `(${time} - toIntervalSecond(transform(toString(${provider}), {zoned:Array(String)}, {offsets:Array(Int32)}, toInt32(0))))`
const dayOfSql = (time: string, provider: string) => `toString(toDate(${localSql(time, provider)}, 'UTC'))`

/** Charges by day, model, key, leaf and term. Amounts and quantities are decimal strings. */
export function readBills(
  clickhouse: ClickHouse,
  scope: Scope,
  days: Days,
  accounts: readonly AccountFacts[],
): Promise<BillRow[]> {
  return clickhouse.query<BillRow>({
    name: 'reconciliation.bills',
    sql: `SELECT provider, account, currency, pricingCurrency, toUInt8(isUsage) AS usage, day, model, key, anyLast(name) AS keyName, leaf, term,
        toString(sum(BilledCost)) AS billed, if(countIf(isNull(inPricing)) > 0, NULL, toString(sum(inPricing))) AS priced,
        if(countIf(isNull(tokens)) > 0, NULL, toString(sum(tokens))) AS quantity,
        toString(sumIf(BilledCost, InvoiceId != '')) AS invoiced, toString(ifNull(sumIf(inPricing, InvoiceId != ''), 0)) AS invoicedPriced, toString(count()) AS lines
      FROM (
        SELECT toString(ServiceProviderName) AS provider, toString(BillingAccountId) AS account, toString(BillingCurrency) AS currency,
          toString(PricingCurrency) AS pricingCurrency, ${usageLine} AS isUsage, ${dayOfSql('ChargePeriodStart', 'ServiceProviderName')} AS day,
          if(isUsage, ${chargeModelSql}, '') AS model, if(isUsage, ${chargeKeySql}, '') AS key, if(key = '', '', ResourceName) AS name,
          if(isUsage, ${chargeLeafSql}, '') AS leaf, if(isUsage, ${chargeTermSql}, '') AS term,
          BilledCost, PricingCurrencyEffectiveCost AS inPricing, ${chargeTokensSql} AS tokens, InvoiceId
        FROM charges_v1 WHERE ${comparedCharges}
      ) GROUP BY provider, account, currency, pricingCurrency, isUsage, day, model, key, leaf, term`,
    params: { organizationId: scope.organizationId, ...wide(days), ...offsetParams(accounts) },
  })
}

const keyOfCall = "Attributes['infrazen.key']"

/** Leaves of calls, one row a leaf; `sign` is 1, or -1 where a correction takes it back. */
const callLeavesSql = (select: string, where = '') => `SELECT ${select}
  FROM (SELECT *, ${modelSql("if(Model = '', RequestModel, Model)")} AS model FROM usage_events_v1
    WHERE OrganizationId = {organizationId:UUID} AND StartedAt >= {from:DateTime('UTC')} AND StartedAt < {to:DateTime('UTC')} AND Sign != 0${where})
  LEFT ARRAY JOIN Units AS ofUnit, Quantities AS used, UnitCosts AS spent, arrayEnumerate(Units) AS place`

/** Calls by day, model, key, leaf and term; a call without usage stands under leaf ''. */
export function readCalls(
  clickhouse: ClickHouse,
  scope: Scope,
  days: Days,
  accounts: readonly AccountFacts[],
): Promise<CallRow[]> {
  const local = localSql('StartedAt', 'ServiceProviderName')
  const tokens = 'toInt128(Sign) * toInt128(used)'
  return clickhouse.query<CallRow>({
    name: 'reconciliation.calls',
    sql: `${callLeavesSql(`toString(ServiceProviderName) AS provider, toString(AccountId) AS account, toString(Currency) AS currency,
        toString(toDate(${local}, 'UTC')) AS day, model, ${keyOfCall} AS key, if(ofUnit = '', '', ${leafOfUnitSql('ofUnit')}) AS leaf, ${termSql('ServiceTier')} AS term,
        toString(sum(Sign * ifNull(spent, 0))) AS cost, toString(sum(${tokens})) AS quantity,
        toString(sum(if(isNull(spent), ${tokens}, 0))) AS unpriced,
        toString(sum(if(toUnixTimestamp(${local}) % 86400 < 3600, ${tokens}, 0))) AS nearStart,
        toString(sum(if(toUnixTimestamp(${local}) % 86400 >= 82800, ${tokens}, 0))) AS nearEnd,
        toString(sum(if(toDate(${localSql('RecordedAt', 'ServiceProviderName')}, 'UTC') > toDate(${local}, 'UTC'), ${tokens}, 0))) AS recordedLater,
        toString(sum(if(place <= 1, toInt64(Sign), 0))) AS calls`)}
      GROUP BY provider, account, currency, day, model, key, leaf, term`,
    params: { organizationId: scope.organizationId, ...wide(days), ...offsetParams(accounts) },
  })
}

/** What providers counted, by day, model, key and leaf unit. */
export function readProviderUsage(
  clickhouse: ClickHouse,
  scope: Scope,
  days: Days,
  accounts: readonly AccountFacts[],
): Promise<ProviderRow[]> {
  const offsets = new Map(accounts.flatMap(({ connections, offset }) => connections.map((id) => [id, offset] as const)))
  return clickhouse.query<ProviderRow>({
    name: 'reconciliation.providerUsage',
    sql: `SELECT toString(Provider) AS connector, toString(ConnectionId) AS connection, toString(Account) AS account,
        ${dayOfSql('BucketStart', 'ConnectionId')} AS day, ${modelSql('toString(Model)')} AS model, anyLast(toString(Model)) AS rawModel,
        toString(Key) AS key, anyLast(toString(KeyName)) AS keyName, ${leafOfUnitSql('ofUnit')} AS leaf, toString(ofUnit) AS unit,
        ${termSql('toString(Tier)')} AS term, anyLast(toString(Tier)) AS tier, toString(Region) AS region, toString(sum(used)) AS quantity
      FROM (${liveProviderUsageSql} AND BucketStart >= {from:DateTime('UTC')} AND BucketStart < {to:DateTime('UTC')} AND Part NOT IN {secondViews:Array(String)})
      ARRAY JOIN Units AS ofUnit, Quantities AS used
      GROUP BY connector, connection, account, day, model, key, leaf, ofUnit, term, region`,
    params: {
      organizationId: scope.organizationId,
      ...wide(days),
      secondViews,
      zoned: ['', ...offsets.keys()],
      offsets: [0, ...offsets.values()],
    },
  })
}

export type HourRow = { hour: string; quantity: string; cost: string; calls: string }

/** Tokens by hour of one day of an account, as calls and as the provider's hourly reports say. */
export async function readHours(
  clickhouse: ClickHouse,
  scope: Scope,
  of: { provider: string; accounts: string[]; connections: string[]; start: Date },
): Promise<{ calls: HourRow[]; provider: { hour: string; quantity: string }[] }> {
  const params = {
    organizationId: scope.organizationId,
    from: text(of.start.getTime()),
    to: text(of.start.getTime() + day),
  }
  const hour = (time: string) => `formatDateTime(toStartOfHour(${time}, 'UTC'), '%FT%TZ', 'UTC')`
  const calls = await clickhouse.query<HourRow>({
    name: 'reconciliation.callsByHour',
    sql: `${callLeavesSql(
      `${hour('StartedAt')} AS hour, toString(sum(if(${leafOfUnitSql('ofUnit')} = 'other', 0, toInt128(Sign) * toInt128(used)))) AS quantity,
        toString(sum(Sign * ifNull(spent, 0))) AS cost, toString(sum(if(place <= 1, toInt64(Sign), 0))) AS calls`,
      ' AND ServiceProviderName = {provider:String} AND AccountId IN {accounts:Array(String)}',
    )} GROUP BY hour ORDER BY hour`,
    params: { ...params, provider: of.provider, accounts: of.accounts },
  })
  const provider =
    of.connections.length === 0
      ? []
      : await clickhouse.query<{ hour: string; quantity: string }>({
          name: 'reconciliation.providerUsageByHour',
          sql: `SELECT ${hour('BucketStart')} AS hour, toString(sum(if(${leafOfUnitSql('ofUnit')} = 'other', 0, used))) AS quantity
            FROM (${liveProviderUsageSql} AND ConnectionId IN {connections:Array(UUID)} AND Part NOT IN {secondViews:Array(String)}
              AND BucketStart >= {from:DateTime('UTC')} AND BucketStart < {to:DateTime('UTC')} AND dateDiff('second', BucketStart, BucketEnd) <= 3600)
            ARRAY JOIN Units AS ofUnit, Quantities AS used GROUP BY hour ORDER BY hour`,
          params: { ...params, connections: of.connections, secondViews },
        })
  return { calls, provider }
}

export type WeightRow = {
  account: string
  currency: string
  day: string
  model: string
  values: string[]
  cost: string
  quantity: string
  calls: string
}

const weightColumns: Record<string, string> = {
  team: 'toString(Team)',
  project: 'toString(Project)',
  feature: 'toString(Feature)',
  customer: 'toString(Customer)',
  user: "Attributes['user.id']",
  model: 'model',
}

/** Calls of a provider by day, model and `by`: what bills are split by. */
export function readWeights(
  clickhouse: ClickHouse,
  scope: Scope,
  days: Days,
  accounts: readonly AccountFacts[],
  provider: string,
  by: readonly string[],
): Promise<WeightRow[]> {
  return clickhouse.query<WeightRow>({
    name: 'reconciliation.weights',
    sql: `${callLeavesSql(
      `toString(AccountId) AS account, toString(Currency) AS currency, ${dayOfSql('StartedAt', 'ServiceProviderName')} AS day, model,
        [${by.map((id) => weightColumns[id]).join(', ')}] AS values, toString(sum(Sign * ifNull(spent, 0))) AS cost,
        toString(sum(toInt128(Sign) * toInt128(used))) AS quantity, toString(sum(if(place <= 1, toInt64(Sign), 0))) AS calls`,
      ' AND ServiceProviderName = {provider:String}',
    )} GROUP BY account, currency, day, model, values`,
    params: { organizationId: scope.organizationId, ...wide(days), ...offsetParams(accounts), provider },
  })
}
