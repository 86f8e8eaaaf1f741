type Locale = 'en' | 'ko' | 'ru'

/** Formulas of the registry's metrics in the other languages, by the metric's id. Column names and units stay as they are. */
const formulas: Record<string, { ko: string; ru: string }> = {
  effective_cost: {
    ko: '청구 항목의 sum(EffectiveCost) + 아직 청구서가 없는 추정치의 합',
    ru: 'sum(EffectiveCost) начислений по счетам + сумма оценок, на которые счёта ещё нет',
  },
  billed_cost: {
    ko: '청구 항목의 sum(BilledCost) + 아직 청구서가 없는 추정치의 합',
    ru: 'sum(BilledCost) начислений по счетам + сумма оценок, на которые счёта ещё нет',
  },
  list_cost: {
    ko: '청구 항목의 sum(ListCost) + 아직 청구서가 없는 추정치의 합',
    ru: 'sum(ListCost) начислений по счетам + сумма оценок, на которые счёта ещё нет',
  },
  contracted_cost: {
    ko: '청구 항목의 sum(ContractedCost) + 아직 청구서가 없는 추정치의 합',
    ru: 'sum(ContractedCost) начислений по счетам + сумма оценок, на которые счёта ещё нет',
  },
  estimated_cost: {
    ko: '가격을 아는 모든 호출의 sum(단가 × 수량), 청구서가 왔는지와 무관',
    ru: 'sum(цена × количество) всех вызовов с ценой, есть на них счёт или нет',
  },
  savings: {
    ko: '두 금액이 모두 있는 청구 항목의 sum(ListCost − EffectiveCost)',
    ru: 'sum(ListCost − EffectiveCost) начислений, где указаны обе суммы',
  },
  charges: { ko: '청구 항목 행의 수', ru: 'число строк начислений' },
  consumed_quantity: {
    ko: 'sum(ConsumedQuantity), ConsumedUnit마다 한 행',
    ru: 'sum(ConsumedQuantity), строка на каждую ConsumedUnit',
  },
  tokens_total: { ko: '입력 토큰 + 출력 토큰', ru: 'входные токены + выходные токены' },
  tokens_input: { ko: 'input.*, embedding.* 항목의 합', ru: 'сумма позиций input.* и embedding.*' },
  tokens_cache_read: { ko: 'input.*.cache_read 항목의 합', ru: 'сумма позиций input.*.cache_read' },
  tokens_cache_write: { ko: 'input.*.cache_write* 항목의 합', ru: 'сумма позиций input.*.cache_write*' },
  tokens_output: { ko: 'output.* 항목의 합', ru: 'сумма позиций output.*' },
  tokens_reasoning: { ko: 'output.text.reasoning 항목의 합', ru: 'сумма позиций output.text.reasoning' },
  calls: { ko: '기록된 호출의 수, 시도마다 한 번', ru: 'число записанных вызовов, каждая попытка один раз' },
  errors: { ko: '오류로 끝난 호출의 수', ru: 'число вызовов, завершившихся ошибкой' },
  gpu_hours: { ko: 'second.gpu 항목의 합 ÷ 3600', ru: 'сумма позиций second.gpu ÷ 3600' },
  cost_per_call: {
    ko: '가격을 모두 아는 호출의 추정 비용 ÷ 그 호출의 수',
    ru: 'оценка вызовов с полной ценой ÷ число таких вызовов',
  },
  cost_per_1k_tokens: {
    ko: '1000 × 가격을 모두 아는 호출의 추정 비용 ÷ 그 토큰',
    ru: '1000 × оценка вызовов с полной ценой ÷ их токены',
  },
  cache_share: { ko: '캐시에서 읽은 토큰 ÷ 입력 토큰', ru: 'токены из кэша ÷ входные токены' },
  error_share: { ko: '실패한 호출 ÷ 호출', ru: 'неудачные вызовы ÷ вызовы' },
  unpriced_tokens: { ko: '가격을 모르는 토큰 항목의 합', ru: 'сумма позиций токенов без цены' },
  unpriced_calls: {
    ko: '가격을 모르는 항목이 하나라도 있는 호출의 수',
    ru: 'число вызовов, где цена хотя бы одной позиции неизвестна',
  },
}

/** How a metric is computed, in the reader's language; a metric without words here keeps the registry's own formula. */
export function formulaText(metric: { id: string; formula: string }, locale: Locale): string {
  return locale === 'en' ? metric.formula : (formulas[metric.id]?.[locale] ?? metric.formula)
}
