import { Link } from '@tanstack/react-router'
import { useQuestion } from '../../app/question'
import { usePeriodText } from '../../app/top-bar'
import { fill, useLocale } from '../../i18n'
import { Amount, Delta, KeyFigure } from '../../ui'
import { ShareBar } from '../../ui/chart'
import {
  abs,
  isNegative,
  isZero,
  money,
  percent,
  ratio,
  subtract,
  tokens,
  toNumber,
  unitPrice,
  unknown,
} from '../../ui/format'
import type { CacheSaving } from './cache-saving'
import { cacheShare, perCall, perThousand } from './calls'
import { useAiMessages } from './messages'
import type { useAiCost, useCalls } from './use-ai'

/** Five figures; each says against what it is compared and what it is made of. */
export function AiFigures({
  cost,
  calls,
  saving,
}: {
  cost: ReturnType<typeof useAiCost>
  calls: ReturnType<typeof useCalls>
  saving: CacheSaving | null
}) {
  const t = useAiMessages().figures
  const locale = useLocale()
  const { currency, period } = useQuestion()
  const periodText = usePeriodText(period)
  const { total, totalBefore } = calls
  const price = (amount: string | null) => unitPrice(amount, currency, locale, { digits: 4 })
  const models = calls.answer?.unpriced.models.length ?? 0
  const billedShare = cost.total === null || cost.billed === null ? null : ratio(cost.billed, cost.total)
  const estimatedShare = cost.total === null || cost.estimated === null ? null : ratio(cost.estimated, cost.total)
  const short = (amount: string | null) => money(amount ?? '0', currency, locale, { form: 'short' })
  return (
    <section className="card ai-figures" aria-label={t.heading}>
      <KeyFigure
        label={t.cost}
        note={periodText}
        value={<Amount value={cost.total} currency={currency} live />}
        line={
          <>
            <Delta current={cost.total} previous={cost.before} goodWhen="down" />
            {cost.total !== null && cost.before !== null && (
              <span>{money(subtract(cost.total, cost.before), currency, locale, { form: 'short', sign: true })}</span>
            )}
          </>
        }
      >
        <div className="ai-split">
          <ShareBar
            share={billedShare === null ? 0 : toNumber(billedShare)}
            estimate={estimatedShare === null ? 0 : toNumber(estimatedShare)}
            width="100%"
          />
          <span>{fill(t.billed, { amount: short(cost.billed) })}</span>
          <span>{fill(t.estimated, { amount: short(cost.estimated) })}</span>
        </div>
      </KeyFigure>
      <KeyFigure
        label={t.per1k}
        note={t.per1kNote}
        value={price(perThousand(total))}
        line={<Compared now={perThousand(total)} before={perThousand(totalBefore)} />}
      />
      <KeyFigure
        label={t.perCall}
        note={total === null ? undefined : t.calls(tokens(total.calls, locale))}
        value={price(perCall(total))}
        line={<Compared now={perCall(total)} before={perCall(totalBefore)} />}
      />
      <KeyFigure
        label={t.cache}
        note={t.cacheNote}
        value={percent(cacheShare(total), locale)}
        line={
          <>
            <Delta current={cacheShare(total)} previous={cacheShare(totalBefore)} goodWhen="up" asPoints />
            {saving !== null && !isZero(saving.saved) && (
              <span>
                {fill(isNegative(saving.saved) ? t.lost : t.saved, {
                  amount: money(abs(saving.saved), currency, locale),
                })}
              </span>
            )}
          </>
        }
      />
      <KeyFigure
        label={t.unpriced}
        note={t.unpricedNote}
        value={total === null ? unknown : tokens(total.unpricedTokens, locale)}
        line={
          models > 0 ? (
            <Link to="/prices" search={{ view: 'unpriced' } as never} className="ai-warn">
              {t.unpricedLine(models, String(models))}
            </Link>
          ) : (
            t.allPriced
          )
        }
      />
    </section>
  )
}

function Compared({ now, before }: { now: string | null; before: string | null }) {
  const t = useAiMessages().figures
  const locale = useLocale()
  const { currency } = useQuestion()
  return (
    <>
      <Delta current={now} previous={before} goodWhen="down" />
      {before !== null && <span>{fill(t.from, { amount: unitPrice(before, currency, locale, { digits: 4 }) })}</span>}
    </>
  )
}
