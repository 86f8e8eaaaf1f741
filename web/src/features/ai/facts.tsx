import { BookOpenCheck, Coins, Radio, ReceiptText, Scale } from 'lucide-react'
import { useQuestion } from '../../app/question'
import { fill, useLocale } from '../../i18n'
import { GuideLink } from '../../ui'
import { date, isZero, money, relativeTime } from '../../ui/format'
import { useAiMessages } from './messages'
import type { useAiCost, useCalls } from './use-ai'

const icon = { size: 13, strokeWidth: 1.75, 'aria-hidden': true } as const

/** What the figures rest on: which part is billed, which is estimated, and what the calls alone come to. */
export function AiFacts({ cost, calls }: { cost: ReturnType<typeof useAiCost>; calls: ReturnType<typeof useCalls> }) {
  const t = useAiMessages().facts
  const locale = useLocale()
  const { timeZone, currency, converted, now, change } = useQuestion()
  const others = (cost.answer?.currencies ?? []).filter((code) => code !== '' && code !== currency)
  const through = cost.answer?.completeness.billedThrough ?? null
  const lastCall = (calls.answer?.freshness ?? [])
    .filter((source) => source.basis === 'estimated' && source.lastRecordedAt !== null)
    .map((source) => source.lastRecordedAt!)
    .sort()
    .at(-1)
  const billed = cost.billed !== null && !isZero(cost.billed)
  const shown = (amount: string | null) => money(amount, currency, locale, { form: 'short' })
  return (
    <>
      {lastCall !== undefined && (
        <span>
          <Radio {...icon} />
          {fill(t.lastCall, { ago: relativeTime(lastCall, locale, now) })}
        </span>
      )}
      <span>
        <ReceiptText {...icon} />
        {billed && through !== null
          ? fill(t.billedThrough, { date: date(through, locale, timeZone, 'short') })
          : t.noBills}
      </span>
      {billed && (
        <span>
          <Scale {...icon} />
          {fill(t.split, { billed: shown(cost.billed), estimated: shown(cost.estimated ?? '0') })}
        </span>
      )}
      {calls.total?.cost != null && (
        <span>
          <BookOpenCheck {...icon} />
          {fill(t.byCalls, { amount: shown(calls.total.cost) })}
        </span>
      )}
      {others.length > 0 && !converted && (
        <span>
          <Coins {...icon} />
          <span>
            {t.alsoIn}{' '}
            {others.map((code, index) => (
              <span key={code}>
                {index > 0 && ', '}
                <button type="button" className="ai-bare link" onClick={() => change({ currency: code })}>
                  {code}
                </button>
              </span>
            ))}
          </span>
        </span>
      )}
      <GuideLink page="ai" />
    </>
  )
}
