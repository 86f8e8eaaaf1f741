import type { Freshness } from '@server/modules/connections/contract'
import { useLocale } from '../../i18n'
import { count, date, percent } from '../../ui/format'
import { useConnectionMessages } from './messages'

/** One cell a day of the month; its height is the share that is in, so that colour is not alone in saying it. */
export function Completeness({ freshness }: { freshness: Freshness }) {
  const t = useConnectionMessages()
  const locale = useLocale()
  const last = freshness.days.length - 1
  const month = freshness.days[0] ? date(`${freshness.days[0].day}T00:00:00Z`, locale, 'UTC', 'month') : ''
  const say = (day: Freshness['days'][number], index: number) =>
    `${date(`${day.day}T00:00:00Z`, locale, 'UTC', 'short')}${index === last ? `, ${t.card.today}` : ''}: ${t.card.share(percent(String(day.share), locale))}, ${day.rows > 0 ? t.card.rows(count(day.rows, locale)) : t.card.noRows}`
  return (
    <div className="completeness">
      <div className="completeness-head">
        <span>{t.card.completeness}</span>
        <span>{month}</span>
      </div>
      <ol className="days" aria-label={`${t.card.completeness}: ${t.card.table}`}>
        {freshness.days.map((day, index) => (
          <li
            key={day.day}
            className="day"
            data-today={index === last}
            data-state={day.share >= 1 ? 'complete' : day.share > 0 ? 'partly' : 'missing'}
            title={say(day, index)}
          >
            <i style={{ height: `${Math.max(day.share > 0 ? 8 : 0, Math.round(day.share * 100))}%` }} />
            <span className="visually-hidden">{say(day, index)}</span>
          </li>
        ))}
      </ol>
      <div className="day-names" aria-hidden="true">
        {freshness.days.map(({ day }, index) => (
          <span key={day}>{index === 0 || index === last || index % 7 === 0 ? Number(day.slice(8)) : ''}</span>
        ))}
      </div>
    </div>
  )
}
