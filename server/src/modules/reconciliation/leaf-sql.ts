/*
 * SQL that brings models, leaves and terms of bills, provider reports and calls to one spelling, so that they meet.
 * What a side does not say is ''.
 */

const chain = (sql: string, ...patterns: string[]) =>
  patterns.reduce((text, pattern) => `replaceRegexpOne(${text}, '${pattern}', '')`, sql)

/** A model without routing prefix, vendor, version and date: `us.anthropic.claude-haiku-4-5-20251001-v1:0` is `claude-haiku-4-5`. */
export const modelSql = (sql: string) =>
  chain(
    `lower(${sql})`,
    '^.*/',
    '^(global|us|eu|apac|jp|au|ca)[.]',
    '^(anthropic|openai|amazon|meta|mistral|cohere|google|deepseek)[.]',
    '-v[0-9]+(:[0-9]+)?$',
    '-latest$',
    '[-@]([0-9]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2})$',
  )

/** `standard` is the term of those that name none. */
export const termSql = (sql: string) =>
  `multiIf(position(lower(${sql}), 'batch') > 0, 'batch', lower(${sql}) IN ('', 'standard', 'default', 'auto', 'on_demand', 'not_available'), 'standard', lower(${sql}))`

/** The leaf that a leaf unit of calls or provider reports belongs to. */
export const leafOfUnitSql = (unit: string) =>
  `multiIf(position(${unit}, '.cache_write') > 0, 'cache_write', endsWith(${unit}, '.cache_read'), 'cache_read', startsWith(${unit}, 'input.') OR startsWith(${unit}, 'embedding.'), 'input', startsWith(${unit}, 'output.'), 'output', 'other')`

const detail = (name: string) => `JSONExtractString(SkuPriceDetails, '${name}')`

/** The model that the price of a charge names; '' for most charges of a cloud. */
export const pricedModelSql = `if(${detail('x_ModelId')} != '', ${detail('x_ModelId')}, ${detail('ModelId')})`

/** A charge's model: its price details or tags, else the first word of a line item such as `gpt-5.1-2025-11-13 batch, input`. */
export const chargeModelSql = modelSql(
  `arrayFirst(v -> v != '', [${pricedModelSql}, x_Tags['model'], x_Tags['gen_ai.request.model'], extract(SkuId, '^([A-Za-z][A-Za-z0-9._-]*[0-9][A-Za-z0-9._-]*)[^,]*, '), extract(ChargeDescription, '^([A-Za-z][A-Za-z0-9._-]*[0-9][A-Za-z0-9._-]*)[^,]*, ')])`,
)

// "Uncached" says the opposite of what it holds.
const words = `replaceAll(lower(concat(${detail('x_TokenType')}, ' ', SkuMeter, ' ', SkuId, ' ', ChargeDescription)), 'uncached', '')`

export const chargeLeafSql = `multiIf(match(${words}, 'cach.*(writ|creat)|(writ|creat).*cach'), 'cache_write', position(${words}, 'cach') > 0, 'cache_read', position(${words}, 'output') > 0 OR position(${words}, 'completion') > 0, 'output', position(${words}, 'input') > 0 OR position(${words}, 'prompt') > 0 OR position(${words}, 'embedding') > 0, 'input', positionCaseInsensitive(ConsumedUnit, 'token') > 0 OR positionCaseInsensitive(PricingUnit, 'token') > 0, '', 'other')`

export const chargeTermSql = termSql(
  `if(${detail('x_ServiceTier')} != '', ${detail('x_ServiceTier')}, extract(lower(concat(SkuMeter, ' ', SkuId, ' ', ChargeDescription)), '\\\\b(batch|flex|priority)\\\\b'))`,
)

export const chargeKeySql = "if(lower(ResourceType) = 'api key', toString(ResourceId), '')"

const times = (unit: string) =>
  `multiIf(toInt64OrZero(extract(${unit}, '^([0-9]+)')) > 0 AND NOT match(lower(${unit}), '^[0-9]+ ?[km]'), toInt64OrZero(extract(${unit}, '^([0-9]+)')), match(lower(${unit}), '^1? ?(m|million)[ -]'), 1000000, match(lower(${unit}), '^1? ?k[ -]?'), 1000, 1)`

/** Tokens of a charge as its own quantities state them; NULL where they state none or of something else. */
export const chargeTokensSql = `multiIf(isNotNull(ConsumedQuantity) AND positionCaseInsensitive(ConsumedUnit, 'token') > 0, ConsumedQuantity * ${times('ConsumedUnit')}, isNotNull(PricingQuantity) AND positionCaseInsensitive(PricingUnit, 'token') > 0, PricingQuantity * ${times('PricingUnit')}, NULL)`
