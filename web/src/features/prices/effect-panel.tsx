import type { RatingPreview } from '@server/modules/pricing/contract'
import type { UseQueryResult } from '@tanstack/react-query'
import { useLocale } from '../../i18n'
import { Delta, Skeleton } from '../../ui'
import { count, money, subtract } from '../../ui/format'
import { usePricesMessages } from './messages'

/** What a rule would have done to the last 30 days, as the form is being filled in. */
export function EffectPanel({ effect, ready }: { effect: UseQueryResult<RatingPreview>; ready: boolean }) {
  const t = usePricesMessages()
  const locale = useLocale()
  return (
    <section className="price-effect" aria-live="polite">
      <h3>{t.effect.title}</h3>
      {!ready && <p className="quiet">{t.effect.waiting}</p>}
      {ready && effect.isPending && <Skeleton width="80%" height={20} />}
      {ready && effect.isError && <p className="quiet">{t.effect.unknown}</p>}
      {ready && effect.data && effect.data.events === '0' && (
        <p className="quiet">{t.effect.none(count(effect.data.read, locale))}</p>
      )}
      {ready && effect.data && effect.data.events !== '0' && (
        <>
          {effect.data.sums.map((sum) => (
            <p key={sum.currency} className="price-effect-sum">
              <span className="num">{money(sum.before, sum.currency, locale)}</span>
              <span aria-hidden="true">→</span>
              <strong className="num">{money(sum.after, sum.currency, locale)}</strong>
              <Change before={sum.before} after={sum.after} />
            </p>
          ))}
          <p className="quiet">{t.effect.events(count(effect.data.events, locale))}</p>
          <ul className="price-effect-teams">
            {effect.data.differences.slice(0, 5).map((each) => (
              <li key={`${each.team} ${each.month} ${each.currency}`}>
                <span>{each.team || t.noTeam}</span>
                <span className="quiet num">{each.month}</span>
                <span className="num">
                  {money(subtract(each.after, each.before), each.currency, locale, { sign: true })}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

/** Less cost is good. */
export function Change({ before, after }: { before: string; after: string }) {
  return <Delta current={after} previous={before} goodWhen="down" />
}
