import type { Scaled } from '../../primitives/money'
import type { Measure } from './measures'

/** One text in each language of the product. */
export type Words = { en: string; ko: string; ru: string }

export type Metric = {
  id: string
  group: 'cost' | 'usage' | 'efficiency' | 'quality'
  unit: string
  type: 'decimal' | 'integer'
  goodWhen: 'up' | 'down' | 'neither'
  formula: string
  name: Words
  explanation: Words
  /** Amounts of money: never added over currencies. */
  money: boolean
  /** The sums it is made of; `sql` gets the SQL of each and returns the SQL of the value. */
  measures: Measure[]
  sql: (...sums: string[]) => string
  /** The same of sums already made, all of them `units / 10^30`; null is unknown. */
  value: (...sums: (bigint | null)[]) => Scaled | null
}

/** Decimals of the sums that `Metric.value` takes: as fine as the ledger's own amounts. */
export const sumScale = 30

const itself = {
  sql: (sum: string) => sum,
  value: (sum: bigint | null) => (sum === null ? null : { units: sum, scale: sumScale }),
}

/**
 * Exact quotient of two sums, rounded once to 12 decimals by the engine. A missing or zero divisor gives null.
 * 20 decimals are computed first, because the engine's division cuts off where `round` rounds.
 */
const quotientSql = (a: string, b: string) =>
  // The engine divides before it looks at the condition, so that the divisor must never be zero.
  `if(ifNull(${b}, 0) = 0, NULL, round(divideDecimal(CAST(${a} AS Nullable(Decimal(76, 30))), CAST(if(ifNull(${b}, 0) = 0, 1, ifNull(${b}, 0)) AS Decimal(38, 0)), 20), 12))`

const quotientOf = (a: bigint | null, b: bigint | null): Scaled | null => {
  if (a === null || b === null || b === 0n) return null
  const cut = (a * 10n ** 20n) / b
  const half = 5n * 10n ** 7n
  return { units: (cut + (cut < 0n ? -half : half)) / 10n ** 8n, scale: 12 }
}

const quotient = { sql: quotientSql, value: quotientOf }

export const metrics: Metric[] = [
  {
    id: 'effective_cost',
    group: 'cost',
    unit: 'currency',
    type: 'decimal',
    goodWhen: 'down',
    formula: 'sum(EffectiveCost) of billed charges + sum of estimates no bill covers',
    name: { en: 'Effective cost', ko: '유효 비용', ru: 'Эффективная стоимость' },
    explanation: {
      en: 'Cost after all discounts, with prepaid amounts spread over what they paid for. Where the bill is not in yet, the estimate from calls counts.',
      ko: '모든 할인을 반영하고 선결제 금액을 실제 사용에 나누어 배분한 비용입니다. 청구서가 아직 없는 날은 호출로 계산한 추정치가 들어갑니다.',
      ru: 'Стоимость после всех скидок; предоплата распределена по тому, за что она внесена. Пока счёта нет, учитывается оценка по вызовам.',
    },
    money: true,
    measures: ['effective'],
    ...itself,
  },
  {
    id: 'billed_cost',
    group: 'cost',
    unit: 'currency',
    type: 'decimal',
    goodWhen: 'down',
    formula: 'sum(BilledCost) of billed charges + sum of estimates no bill covers',
    name: { en: 'Billed cost', ko: '청구 비용', ru: 'Выставленная стоимость' },
    explanation: {
      en: 'What the invoice asks for. Use it to check invoices. Where the bill is not in yet, the estimate from calls counts.',
      ko: '청구서에 청구된 금액입니다. 청구서를 대조할 때 사용합니다. 청구서가 아직 없는 날은 호출로 계산한 추정치가 들어갑니다.',
      ru: 'Сумма, указанная в счёте: по ней сверяют счета. Пока счёта нет, учитывается оценка по вызовам.',
    },
    money: true,
    measures: ['billed'],
    ...itself,
  },
  {
    id: 'list_cost',
    group: 'cost',
    unit: 'currency',
    type: 'decimal',
    goodWhen: 'down',
    formula: 'sum(ListCost) of billed charges + sum of estimates no bill covers',
    name: { en: 'List cost', ko: '정가 비용', ru: 'Стоимость по прайс-листу' },
    explanation: {
      en: 'Cost at public list prices, before any discount.',
      ko: '할인을 적용하기 전, 공개 정가로 계산한 비용입니다.',
      ru: 'Стоимость по публичным ценам, до любых скидок.',
    },
    money: true,
    measures: ['list'],
    ...itself,
  },
  {
    id: 'contracted_cost',
    group: 'cost',
    unit: 'currency',
    type: 'decimal',
    goodWhen: 'down',
    formula: 'sum(ContractedCost) of billed charges + sum of estimates no bill covers',
    name: { en: 'Contracted cost', ko: '계약 비용', ru: 'Стоимость по договору' },
    explanation: {
      en: 'Cost at negotiated unit prices, before commitment discounts.',
      ko: '협상된 단가로 계산한 비용이며, 약정 할인은 반영하기 전입니다.',
      ru: 'Стоимость по согласованным ценам, до скидок за обязательства.',
    },
    money: true,
    measures: ['contracted'],
    ...itself,
  },
  {
    id: 'estimated_cost',
    group: 'cost',
    unit: 'currency',
    type: 'decimal',
    goodWhen: 'down',
    formula: 'sum(price × quantity) of all priced calls, covered by a bill or not',
    name: { en: 'Estimated cost', ko: '추정 비용', ru: 'Оценка стоимости' },
    explanation: {
      en: 'What the recorded calls cost by the price book, whether or not a bill has come for them since. Not added to bills.',
      ko: '기록된 호출을 가격표로 계산한 비용입니다. 이후 청구서가 왔는지와 관계없으며, 청구 금액에 더하지 않습니다.',
      ru: 'Сколько стоят записанные вызовы по прайс-листу, независимо от того, пришёл ли на них счёт. К счетам не прибавляется.',
    },
    money: true,
    measures: ['estimated'],
    ...itself,
  },
  {
    id: 'savings',
    group: 'cost',
    unit: 'currency',
    type: 'decimal',
    goodWhen: 'up',
    formula: 'sum(ListCost − EffectiveCost) of billed charges that state both',
    name: { en: 'Savings', ko: '절감액', ru: 'Экономия' },
    explanation: {
      en: 'How far below list price the bills are, from negotiated prices and commitments together.',
      ko: '협상 단가와 약정을 합쳐, 청구 비용이 정가보다 얼마나 낮은지 보여 줍니다.',
      ru: 'Насколько счета ниже прайс-листа: договорные цены и обязательства вместе.',
    },
    money: true,
    measures: ['savings'],
    ...itself,
  },
  {
    id: 'charges',
    group: 'cost',
    unit: 'rows',
    type: 'integer',
    goodWhen: 'neither',
    formula: 'count of billed charge rows',
    name: { en: 'Charges', ko: '청구 항목 수', ru: 'Начисления' },
    explanation: {
      en: 'Number of rows in the bills.',
      ko: '청구서에 있는 행의 수입니다.',
      ru: 'Число строк в счетах.',
    },
    money: false,
    measures: ['charges'],
    ...itself,
  },
  {
    id: 'consumed_quantity',
    group: 'usage',
    unit: 'consumed unit',
    type: 'decimal',
    goodWhen: 'neither',
    formula: 'sum(ConsumedQuantity), one row a ConsumedUnit',
    name: { en: 'Consumed quantity', ko: '사용량', ru: 'Объём потребления' },
    explanation: {
      en: 'Quantity that the bills say was used. Different units are never added: the answer is split by unit.',
      ko: '청구서에 적힌 사용량입니다. 단위가 다르면 더하지 않고 단위별로 나누어 보여 줍니다.',
      ru: 'Использованный объём по счетам. Разные единицы не складываются: ответ делится по единицам.',
    },
    money: false,
    measures: ['consumed'],
    ...itself,
  },
  {
    id: 'tokens_total',
    group: 'usage',
    unit: 'tokens',
    type: 'integer',
    goodWhen: 'neither',
    formula: 'tokens_input + tokens_output',
    name: { en: 'Tokens', ko: '전체 토큰', ru: 'Токены' },
    explanation: {
      en: 'All tokens of the recorded calls: input (cached included) and output (reasoning included).',
      ko: '기록된 호출의 모든 토큰입니다. 입력(캐시 포함)과 출력(추론 포함)을 합한 값입니다.',
      ru: 'Все токены записанных вызовов: входные (с кэшем) и выходные (с рассуждениями).',
    },
    money: false,
    measures: ['input', 'output'],
    sql: (input, output) => `${input} + ${output}`,
    value: (input, output) => (input === null || output === null ? null : { units: input! + output!, scale: sumScale }),
  },
  {
    id: 'tokens_input',
    group: 'usage',
    unit: 'tokens',
    type: 'integer',
    goodWhen: 'neither',
    formula: 'sum of input.* and embedding.* leaves',
    name: { en: 'Input tokens', ko: '입력 토큰', ru: 'Входные токены' },
    explanation: {
      en: 'Tokens sent to models, including those read from or written to the cache.',
      ko: '모델에 보낸 토큰으로, 캐시에서 읽거나 캐시에 쓴 토큰을 포함합니다.',
      ru: 'Токены, отправленные моделям, включая прочитанные из кэша и записанные в него.',
    },
    money: false,
    measures: ['input'],
    ...itself,
  },
  {
    id: 'tokens_cache_read',
    group: 'usage',
    unit: 'tokens',
    type: 'integer',
    goodWhen: 'up',
    formula: 'sum of input.*.cache_read leaves',
    name: { en: 'Cache read tokens', ko: '캐시 읽기 토큰', ru: 'Токены, прочитанные из кэша' },
    explanation: {
      en: 'Input tokens served from the provider’s cache, usually at a lower price. Part of input tokens.',
      ko: '공급자 캐시에서 읽어 보통 더 낮은 가격이 적용되는 입력 토큰입니다. 입력 토큰에 포함됩니다.',
      ru: 'Входные токены из кэша поставщика, обычно дешевле. Часть входных токенов.',
    },
    money: false,
    measures: ['cacheRead'],
    ...itself,
  },
  {
    id: 'tokens_cache_write',
    group: 'usage',
    unit: 'tokens',
    type: 'integer',
    goodWhen: 'neither',
    formula: 'sum of input.*.cache_write* leaves',
    name: { en: 'Cache write tokens', ko: '캐시 쓰기 토큰', ru: 'Токены, записанные в кэш' },
    explanation: {
      en: 'Input tokens stored in the provider’s cache, often at a higher price. Part of input tokens.',
      ko: '공급자 캐시에 저장되어 더 높은 가격이 적용되기도 하는 입력 토큰입니다. 입력 토큰에 포함됩니다.',
      ru: 'Входные токены, сохранённые в кэше поставщика, часто дороже. Часть входных токенов.',
    },
    money: false,
    measures: ['cacheWrite'],
    ...itself,
  },
  {
    id: 'tokens_output',
    group: 'usage',
    unit: 'tokens',
    type: 'integer',
    goodWhen: 'neither',
    formula: 'sum of output.* leaves',
    name: { en: 'Output tokens', ko: '출력 토큰', ru: 'Выходные токены' },
    explanation: {
      en: 'Tokens that models produced, reasoning included.',
      ko: '모델이 생성한 토큰으로, 추론 토큰을 포함합니다.',
      ru: 'Токены, созданные моделями, включая рассуждения.',
    },
    money: false,
    measures: ['output'],
    ...itself,
  },
  {
    id: 'tokens_reasoning',
    group: 'usage',
    unit: 'tokens',
    type: 'integer',
    goodWhen: 'neither',
    formula: 'sum of output.text.reasoning leaves',
    name: { en: 'Reasoning tokens', ko: '추론 토큰', ru: 'Токены рассуждений' },
    explanation: {
      en: 'Output tokens spent on reasoning that the reader does not see. Part of output tokens.',
      ko: '사용자에게 보이지 않는 추론에 쓰인 출력 토큰입니다. 출력 토큰에 포함됩니다.',
      ru: 'Выходные токены, потраченные на рассуждения, которых читатель не видит. Часть выходных токенов.',
    },
    money: false,
    measures: ['reasoning'],
    ...itself,
  },
  {
    id: 'calls',
    group: 'usage',
    unit: 'calls',
    type: 'integer',
    goodWhen: 'neither',
    formula: 'count of recorded calls, each attempt once',
    name: { en: 'Calls', ko: '호출 수', ru: 'Вызовы' },
    explanation: {
      en: 'Recorded model calls; a retry is a call of its own.',
      ko: '기록된 모델 호출 수입니다. 재시도도 각각 한 번으로 셉니다.',
      ru: 'Записанные вызовы моделей; повтор считается отдельно.',
    },
    money: false,
    measures: ['calls'],
    ...itself,
  },
  {
    id: 'errors',
    group: 'quality',
    unit: 'calls',
    type: 'integer',
    goodWhen: 'down',
    formula: 'count of calls that ended in an error',
    name: { en: 'Failed calls', ko: '실패한 호출', ru: 'Неудачные вызовы' },
    explanation: {
      en: 'Calls that ended in an error.',
      ko: '오류로 끝난 호출입니다.',
      ru: 'Вызовы, завершившиеся ошибкой.',
    },
    money: false,
    measures: ['errors'],
    ...itself,
  },
  {
    id: 'gpu_hours',
    group: 'usage',
    unit: 'hours',
    type: 'decimal',
    goodWhen: 'neither',
    formula: 'sum of second.gpu leaves ÷ 3600',
    name: { en: 'GPU hours', ko: 'GPU 시간', ru: 'GPU-часы' },
    explanation: {
      en: 'Time of reserved or used GPUs in the recorded usage; eight GPUs for one hour are eight hours.',
      ko: '기록된 사용에서 GPU를 점유한 시간입니다. GPU 8개를 1시간 쓰면 8시간입니다.',
      ru: 'Время GPU в записанном потреблении: восемь GPU за один час дают восемь часов.',
    },
    money: false,
    measures: ['gpuSeconds'],
    sql: (seconds) => quotientSql(seconds!, '3600'),
    value: (seconds) => quotientOf(seconds!, 3600n * 10n ** 30n),
  },
  {
    id: 'cost_per_call',
    group: 'efficiency',
    unit: 'currency/call',
    type: 'decimal',
    goodWhen: 'down',
    formula: 'estimated cost of fully priced calls ÷ fully priced calls',
    name: { en: 'Cost per call', ko: '호출당 비용', ru: 'Стоимость вызова' },
    explanation: {
      en: 'Average price-book cost of a call. Calls without a full price are left out on both sides.',
      ko: '가격표로 계산한 호출당 평균 비용입니다. 가격을 전부 알 수 없는 호출은 분자와 분모에서 모두 뺍니다.',
      ru: 'Средняя стоимость вызова по прайс-листу. Вызовы без полной цены исключены и из суммы, и из числа.',
    },
    money: true,
    measures: ['pricedCost', 'pricedCalls'],
    ...quotient,
  },
  {
    id: 'cost_per_1k_tokens',
    group: 'efficiency',
    unit: 'currency/1000 tokens',
    type: 'decimal',
    goodWhen: 'down',
    formula: '1000 × estimated cost of fully priced calls ÷ their tokens',
    name: { en: 'Cost per 1,000 tokens', ko: '토큰 1,000개당 비용', ru: 'Стоимость 1000 токенов' },
    explanation: {
      en: 'Average price-book cost of a thousand tokens, input and output together. Calls without a full price are left out.',
      ko: '입력과 출력을 합한 토큰 1,000개당 평균 비용입니다. 가격을 전부 알 수 없는 호출은 뺍니다.',
      ru: 'Средняя стоимость тысячи токенов, входных и выходных вместе. Вызовы без полной цены исключены.',
    },
    money: true,
    measures: ['pricedCost', 'pricedTokens'],
    sql: (cost, tokens) => quotientSql(`${cost} * 1000`, tokens!),
    value: (cost, tokens) => quotientOf(cost === null ? null : cost! * 1000n, tokens!),
  },
  {
    id: 'cache_share',
    group: 'efficiency',
    unit: 'ratio',
    type: 'decimal',
    goodWhen: 'up',
    formula: 'tokens_cache_read ÷ tokens_input',
    name: { en: 'Cache share', ko: '캐시 비율', ru: 'Доля кэша' },
    explanation: {
      en: 'Share of input tokens that came from the cache, between 0 and 1.',
      ko: '입력 토큰 가운데 캐시에서 읽은 비율로, 0에서 1 사이입니다.',
      ru: 'Доля входных токенов из кэша, от 0 до 1.',
    },
    money: false,
    measures: ['cacheRead', 'input'],
    ...quotient,
  },
  {
    id: 'error_share',
    group: 'quality',
    unit: 'ratio',
    type: 'decimal',
    goodWhen: 'down',
    formula: 'errors ÷ calls',
    name: { en: 'Error share', ko: '오류 비율', ru: 'Доля ошибок' },
    explanation: {
      en: 'Share of calls that failed, between 0 and 1.',
      ko: '실패한 호출의 비율로, 0에서 1 사이입니다.',
      ru: 'Доля неудачных вызовов, от 0 до 1.',
    },
    money: false,
    measures: ['errors', 'calls'],
    ...quotient,
  },
  {
    id: 'unpriced_tokens',
    group: 'quality',
    unit: 'tokens',
    type: 'integer',
    goodWhen: 'down',
    formula: 'sum of token leaves without a price',
    name: { en: 'Unpriced tokens', ko: '가격 미확인 토큰', ru: 'Токены без цены' },
    explanation: {
      en: 'Tokens for which no price is known. They are missing from the estimate, not counted as free.',
      ko: '가격을 알 수 없는 토큰입니다. 무료로 계산하지 않고 추정치에서 빠져 있습니다.',
      ru: 'Токены, цена которых неизвестна. В оценке их нет; бесплатными они не считаются.',
    },
    money: false,
    measures: ['unpricedTokens'],
    ...itself,
  },
  {
    id: 'unpriced_calls',
    group: 'quality',
    unit: 'calls',
    type: 'integer',
    goodWhen: 'down',
    formula: 'count of calls with at least one leaf without a price',
    name: { en: 'Unpriced calls', ko: '가격 미확인 호출', ru: 'Вызовы без цены' },
    explanation: {
      en: 'Calls of which at least a part has no known price.',
      ko: '일부라도 가격을 알 수 없는 호출입니다.',
      ru: 'Вызовы, у которых цена хотя бы части неизвестна.',
    },
    money: false,
    measures: ['unpricedCalls'],
    ...itself,
  },
]
