import type { RegistryAnswer } from '@server/modules/explore/contract'
import { count, isZero, type Locale, money, percent, tokens, unitPrice, unknown } from '../../ui/format'

export type Metric = RegistryAnswer['metrics'][number]

/** Whether values of a metric may be added up over rows and buckets. Ratios and unit prices may not. */
export function isAdditive(metric: Pick<Metric, 'unit'>): boolean {
  return metric.unit !== 'ratio' && !metric.unit.includes('/')
}

export function isMoney(metric: Pick<Metric, 'unit'>): boolean {
  return metric.unit === 'currency'
}

/** A value of a metric in the reader's language. `full` for tables, `short` where room is scarce, `axis` for axes, `exact` with every digit. */
export function metricText(
  value: string | null | undefined,
  metric: Pick<Metric, 'unit'>,
  currency: string | null,
  locale: Locale,
  form: 'full' | 'short' | 'axis' | 'exact' = 'full',
): string {
  if (value == null) return unknown
  if (metric.unit === 'currency') return money(value, currency, locale, { form })
  if (metric.unit.startsWith('currency/'))
    return form === 'exact'
      ? money(value, currency, locale, { form })
      : isZero(value)
        ? money('0', currency, locale, { form: 'axis' })
        : unitPrice(value, currency, locale)
  if (metric.unit === 'ratio') return percent(value, locale)
  if (form === 'exact') return count(value, locale)
  if (metric.unit === 'tokens' || form !== 'full')
    return tokens(value, locale, { form: form === 'axis' ? 'axis' : 'short' })
  return value.includes('.') ? count(value, locale, { digits: 2 }) : count(value, locale)
}
