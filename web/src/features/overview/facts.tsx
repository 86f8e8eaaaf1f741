import type { QueryAnswer } from '@server/modules/explore/contract'
import { CircleAlert, Coins, Radio, ReceiptText } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useQuestion } from '../../app/question'
import { fill, useLocale, useMessages } from '../../i18n'
import { date, isZero, relativeTime, tokens } from '../../ui/format'
import { useOverviewMessages } from './messages'
import type { useAiUsage } from './use-overview'

const icon = { size: 13, strokeWidth: 1.75, 'aria-hidden': true } as const

/** What the sentence rests on: how far bills reach, how fresh calls are, what is not in the total. */
export function Facts({ answer, ai }: { answer: QueryAnswer | undefined; ai: ReturnType<typeof useAiUsage> }) {
  const t = useOverviewMessages().facts
  const common = useMessages()
  const locale = useLocale()
  const { timeZone, currency, currencies, converted, change } = useQuestion()
  const now = useNow(5000)
  const through = answer?.completeness.billedThrough ?? null
  const lastCall = (ai.answer?.freshness ?? answer?.freshness ?? [])
    .filter((source) => source.basis === 'estimated' && source.lastRecordedAt !== null)
    .map((source) => source.lastRecordedAt!)
    .sort()
    .at(-1)
  const others = converted ? [] : currencies.filter((code) => code !== currency)
  const unconverted = answer?.conversion?.currencies.filter(({ missing }) => missing > 0) ?? []
  const unpriced = answer?.unpriced.tokens ?? '0'
  return (
    <>
      <span>
        <ReceiptText {...icon} />
        {through === null ? t.noBills : fill(t.billedThrough, { date: date(through, locale, timeZone, 'short') })}
      </span>
      {lastCall !== undefined && (
        <span>
          <Radio {...icon} />
          {fill(t.lastCall, { ago: relativeTime(lastCall, locale, now) })}
        </span>
      )}
      {others.length > 0 && (
        <span>
          <Coins {...icon} />
          <span>
            {t.alsoIn.split('{currencies}')[0]}
            {others.map((code, index) => (
              <span key={code}>
                {index > 0 && ', '}
                <button type="button" className="bare link" onClick={() => change({ currency: code })}>
                  {code}
                </button>
              </span>
            ))}
          </span>
        </span>
      )}
      {answer?.conversion && (
        <span>
          <Coins {...icon} />
          {common.rateSources[answer.conversion.source as keyof typeof common.rateSources]}
        </span>
      )}
      {unconverted.map(({ currency: code, missing }) => (
        <span key={code} className="warn">
          <CircleAlert {...icon} />
          {fill(common.noRateFor, { days: String(missing), currency: code })}
        </span>
      ))}
      {!isZero(unpriced) && (
        <span className="warn">
          <CircleAlert {...icon} />
          {fill(t.unpriced, { tokens: tokens(unpriced, locale) })}
        </span>
      )}
    </>
  )
}

function useNow(everyMs: number): Date {
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
