import { useQuestion } from '../../app/question'
import { fill, useLocale } from '../../i18n'
import { Card, ErrorPanel, SkeletonRows } from '../../ui'
import { colorsFor, Swatch } from '../../ui/chart'
import { abs, add, compare, isNegative, isZero, money, percent, subtract, time, toNumber } from '../../ui/format'
import type { CacheSaving } from './cache-saving'
import { useAiMessages } from './messages'
import type { useLeaves } from './use-ai'

/** What the cache saved in four steps, and for which models. */
export function CacheCard({ leaves }: { leaves: ReturnType<typeof useLeaves> }) {
  const t = useAiMessages().cache
  const locale = useLocale()
  const { currency, timeZone } = useQuestion()
  const { saving } = leaves
  return (
    <Card
      title={t.title}
      note={t.note}
      className="ai-cache"
      tools={
        saving !== null && !isZero(saving.saved) ? (
          <strong className={isNegative(saving.saved) ? 'ai-lost' : 'ai-saved'}>
            {money(saving.saved, currency, locale)}
          </strong>
        ) : undefined
      }
    >
      {leaves.error && saving === null ? (
        <ErrorPanel error={leaves.error} onRetry={leaves.retry} />
      ) : leaves.pending ? (
        <SkeletonRows rows={8} />
      ) : saving === null ? (
        <p className="ai-none">{t.none}</p>
      ) : (
        <>
          <Steps saving={saving} />
          {saving.models.length === 0 && <p className="ai-none">{t.nothing}</p>}
          <Models saving={saving} />
          {saving.unknown.length > 0 && (
            <p className="ai-hint">{fill(t.unknown, { models: saving.unknown.join(', ') })}</p>
          )}
          <p className="ai-hint">
            {t.how} {leaves.asOf !== null && `(${fill(t.asOf, { time: time(leaves.asOf, timeZone) })})`}
          </p>
        </>
      )}
    </Card>
  )
}

/** Where a step begins and ends on the scale of all four. */
function Steps({ saving }: { saving: CacheSaving }) {
  const t = useAiMessages().cache
  const locale = useLocale()
  const { currency } = useQuestion()
  const afterRead = add(saving.withoutCache, saving.read)
  const steps = [
    {
      id: 'without',
      name: t.without,
      from: '0',
      to: saving.withoutCache,
      amount: saving.withoutCache,
      color: 'var(--c-other)',
      change: false,
    },
    {
      id: 'read',
      name: t.read,
      from: saving.withoutCache,
      to: afterRead,
      amount: saving.read,
      color: isNegative(saving.read) ? 'var(--good)' : 'var(--bad)',
      change: true,
    },
    {
      id: 'writes',
      name: t.writes,
      from: afterRead,
      to: saving.paid,
      amount: saving.writes,
      color: isNegative(saving.writes) ? 'var(--good)' : 'var(--bad)',
      change: true,
    },
    { id: 'paid', name: t.paid, from: '0', to: saving.paid, amount: saving.paid, color: 'var(--bar)', change: false },
  ]
  const most = Math.max(...steps.flatMap((step) => [toNumber(step.from), toNumber(step.to)])) || 1
  return (
    <table className="ai-steps">
      <caption className="visually-hidden">{t.title}</caption>
      <tbody>
        {steps.map((step) => {
          const [low, high] = compare(step.from, step.to) <= 0 ? [step.from, step.to] : [step.to, step.from]
          return (
            <tr key={step.id}>
              <th scope="row">{step.name}</th>
              <td aria-hidden="true">
                <span className="ai-track">
                  <span
                    style={{
                      left: `${(toNumber(low) / most) * 100}%`,
                      width: `max(${isZero(subtract(high, low)) ? 0 : 2}px, ${(toNumber(subtract(high, low)) / most) * 100}%)`,
                      background: step.color,
                    }}
                  />
                </span>
              </td>
              <td className="right">{money(step.amount, currency, locale, { sign: step.change })}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function Models({ saving }: { saving: CacheSaving }) {
  const t = useAiMessages().cache
  const locale = useLocale()
  const { currency } = useQuestion()
  const rows = [...saving.models].sort((a, b) => compare(abs(b.saved), abs(a.saved)))
  const colors = colorsFor(rows.map((row) => row.model))
  if (rows.length === 0) return null
  return (
    <table className="ai-saved-models">
      <caption className="visually-hidden">{t.net}</caption>
      <tbody>
        {rows.map((row) => (
          <tr key={row.model}>
            <th scope="row">
              <span className="ai-name">
                <Swatch color={colors.get(row.model) ?? 'var(--c-other)'} />
                {row.model}
              </span>
            </th>
            <td className="right quiet">
              {row.share === null ? '' : fill(t.cached, { share: percent(row.share, locale, { digits: 0 }) })}
            </td>
            <td className="right">{money(row.saved, currency, locale)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colSpan={2}>
            {t.net}
          </th>
          <td className="right">{money(saving.saved, currency, locale)}</td>
        </tr>
      </tfoot>
    </table>
  )
}
