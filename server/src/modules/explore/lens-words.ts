import type { Words } from './metrics'

/** The roles whose words can be used; FinOps itself uses the metric's own name. */
export type Lens = 'engineering' | 'finance' | 'product' | 'leadership'

/** What people of other roles call a metric, where they call it otherwise. The number is the same. */
export const lensWords: Record<string, Partial<Record<Lens, Words>>> = {
  effective_cost: {
    engineering: { en: 'Cost', ko: '비용', ru: 'Затраты' },
    finance: { en: 'Accrued cost', ko: '발생주의 비용', ru: 'Начисленные затраты' },
    product: { en: 'Cost to serve', ko: '서비스 제공 비용', ru: 'Затраты на обслуживание' },
    leadership: { en: 'Spend', ko: '지출', ru: 'Расходы' },
  },
  billed_cost: {
    engineering: { en: 'Billed', ko: '청구액', ru: 'По счетам' },
    finance: { en: 'Invoiced amount', ko: '청구 금액', ru: 'Сумма по счетам' },
    leadership: { en: 'Invoices', ko: '청구서 합계', ru: 'Счета' },
  },
  list_cost: {
    engineering: { en: 'Cost without discounts', ko: '할인 전 비용', ru: 'Затраты без скидок' },
    finance: { en: 'Gross cost', ko: '할인 전 총액', ru: 'Затраты до скидок' },
    leadership: { en: 'Spend before discounts', ko: '할인 전 지출', ru: 'Расходы до скидок' },
  },
  savings: {
    finance: { en: 'Discounts received', ko: '받은 할인', ru: 'Полученные скидки' },
    leadership: { en: 'Saved against list price', ko: '정가 대비 절감', ru: 'Сэкономлено к прайсу' },
  },
  calls: {
    product: { en: 'Requests', ko: '요청 수', ru: 'Запросы' },
    leadership: { en: 'AI requests', ko: 'AI 요청 수', ru: 'Запросы к ИИ' },
  },
  tokens_total: {
    leadership: { en: 'AI volume (tokens)', ko: 'AI 사용량(토큰)', ru: 'Объём ИИ (токены)' },
  },
  cost_per_call: {
    product: { en: 'Cost per request', ko: '요청당 비용', ru: 'Стоимость запроса' },
    leadership: { en: 'Cost of one AI request', ko: 'AI 요청 한 건의 비용', ru: 'Стоимость запроса к ИИ' },
  },
  cost_per_1k_tokens: {
    finance: { en: 'Unit price of 1,000 tokens', ko: '토큰 1,000개 단가', ru: 'Цена 1000 токенов' },
  },
  cache_share: {
    product: { en: 'Reused input', ko: '재사용 입력 비율', ru: 'Доля повторного ввода' },
    leadership: { en: 'Reused input', ko: '재사용 입력 비율', ru: 'Доля повторного ввода' },
  },
  error_share: {
    product: { en: 'Failed requests', ko: '실패한 요청 비율', ru: 'Доля неудачных запросов' },
    leadership: { en: 'Failed requests', ko: '실패한 요청 비율', ru: 'Доля неудачных запросов' },
  },
}
