import type { Run } from '@server/modules/connections/contract'
import { useLocale } from '../../i18n'
import { count, date, duration, percent, relativeTime } from '../../ui/format'
import { useConnectionMessages } from './messages'

/** A run at work: share, rows, what is being read, and how long it will take at the pace so far. */
export function RunProgress({ run }: { run: Run }) {
  const t = useConnectionMessages()
  const locale = useLocale()
  const share = percent(String(Math.floor(run.progress * 100) / 100), locale)
  const elapsed = run.startedAt === null ? 0 : Date.now() - new Date(run.startedAt).getTime()
  const left =
    run.status === 'running' && run.progress > 0.03 && run.progress < 1
      ? (elapsed / run.progress) * (1 - run.progress)
      : null
  return (
    <div className="run-progress">
      <div className="run-progress-head">
        <strong className="num">{share}</strong>
        <span className="num">{t.card.rows(count(run.rows, locale))}</span>
        {left !== null && <span className="run-left">{t.run.left(duration(left, locale))}</span>}
      </div>
      <div
        className="bar"
        role="progressbar"
        aria-label={t.run.kinds[run.kind]}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(run.progress * 100)}
        aria-valuetext={t.run.progress(share, count(run.rows, locale))}
      >
        <i style={{ width: `${run.progress * 100}%` }} />
      </div>
      <p className="quiet">
        {run.status === 'queued'
          ? run.attempts > 0
            ? t.run.retry(
                new Date(run.notBefore) > new Date()
                  ? timeUntil(run.notBefore, locale)
                  : relativeTime(run.notBefore, locale),
              )
            : t.run.status.queued
          : run.step &&
            `${t.run.step(t.run.reads[run.step.kind as keyof typeof t.run.reads] ?? run.step.kind, date(run.step.from, locale, 'UTC', 'month'))} (${run.step.number}/${run.step.of})`}
      </p>
    </div>
  )
}

function timeUntil(moment: string, locale: 'en' | 'ko' | 'ru'): string {
  const wait = duration(new Date(moment).getTime() - Date.now(), locale)
  return { en: `in ${wait}`, ko: `${wait} 뒤`, ru: `через ${wait}` }[locale]
}
