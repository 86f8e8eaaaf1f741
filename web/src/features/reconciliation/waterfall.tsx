import type { AccountReconciliation } from '@server/modules/reconciliation/contract'
import { useLocale } from '../../i18n'
import { Card } from '../../ui'
import { add, compare, isNegative, isZero, money, toNumber } from '../../ui/format'
import { useReconciliationMessages } from './messages'

/**
 * From the estimate to the bill, a step a part. The scale begins where the steps are: beside a bill, a per cent would be a hair.
 */
export function Waterfall({
  start,
  end,
  parts,
  currency,
}: {
  start: string
  end: string
  parts: AccountReconciliation['parts']
  currency: string
}) {
  const t = useReconciliationMessages()
  const locale = useLocale()
  const steps: { id: (typeof parts)[number]['id']; amount: string; from: string; to: string }[] = []
  let at = start
  for (const { id, amount } of parts) {
    const to = add(at, amount)
    steps.push({ id, amount, from: at, to })
    at = to
  }
  const places = [start, end, ...steps.map((step) => step.to)]
  const low = toNumber(places.reduce((a, b) => (compare(a, b) <= 0 ? a : b)))
  const high = toNumber(places.reduce((a, b) => (compare(a, b) >= 0 ? a : b)))
  const margin = (high - low) * 0.12 || Math.abs(high) * 0.05 || 1
  const floor = low - margin
  const reach = high + margin * 0.2 - floor
  const x = (value: string) => ((toNumber(value) - floor) / reach) * 100
  const bar = (from: number, to: number, color: string) => (
    <span className="waterfall-track" aria-hidden="true">
      <span style={{ left: `${Math.min(from, to)}%`, width: `max(2px, ${Math.abs(to - from)}%)`, background: color }} />
    </span>
  )
  return (
    <Card title={t.parts.title} note={t.parts.note}>
      <table className="waterfall">
        <caption className="visually-hidden">{t.parts.title}</caption>
        <colgroup>
          <col className="waterfall-name" />
          <col />
          <col className="waterfall-amount" />
        </colgroup>
        <thead className="visually-hidden">
          <tr>
            <th scope="col">{t.parts.column}</th>
            <th scope="col">{t.parts.means}</th>
            <th scope="col">{t.parts.amount}</th>
          </tr>
        </thead>
        <tbody>
          <tr className="waterfall-end">
            <th scope="row">{t.parts.start}</th>
            <td>{bar(0, x(start), 'var(--c1)')}</td>
            <td className="right num">{money(start, currency, locale)}</td>
          </tr>
          {steps.map((step) => (
            <tr key={step.id}>
              <th scope="row">
                {t.parts.name[step.id]}
                <small>{t.parts.text[step.id]}</small>
              </th>
              <td>{bar(x(step.from), x(step.to), isNegative(step.amount) ? 'var(--good)' : 'var(--bad)')}</td>
              <td className="right num">{money(step.amount, currency, locale, { sign: true })}</td>
            </tr>
          ))}
          <tr className="waterfall-end">
            <th scope="row">{t.parts.end}</th>
            <td>{bar(0, x(end), 'var(--c2)')}</td>
            <td className="right num">{money(end, currency, locale)}</td>
          </tr>
        </tbody>
      </table>
      {steps.every((step) => isZero(step.amount)) && <p className="quiet">{t.parts.nothing}</p>}
    </Card>
  )
}
