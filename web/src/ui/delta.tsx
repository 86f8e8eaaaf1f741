import { useLocale, useMessages } from '../i18n'
import { delta as change, percent, points } from './format'

export type GoodWhen = 'up' | 'down' | 'neither'

/**
 * Change between two decimal strings: arrow, sign and percent; never by colour alone. `goodWhen` is the metric's. `threshold`
 * (a share) keeps small changes uncoloured where many stand under one another.
 */
export function Delta({
  current,
  previous,
  goodWhen,
  threshold = 0,
  asPoints = false,
}: {
  current: string | null | undefined
  previous: string | null | undefined
  goodWhen: GoodWhen
  threshold?: number
  asPoints?: boolean
}) {
  const locale = useLocale()
  const t = useMessages()
  const found = change(current, previous, locale)
  // Without a base there is no direction either: from nothing to something is not a rise by so much.
  const direction =
    !asPoints && found.ratio === null && found.direction !== 'flat'
      ? 'unknown'
      : asPoints && found.amount !== null
        ? Math.abs(Number(found.amount)) < 0.0005
          ? 'flat'
          : found.direction
        : found.direction
  const size = Math.abs(Number(found.ratio ?? 0))
  const judged =
    goodWhen !== 'neither' && (direction === 'up' || direction === 'down') && (asPoints || size >= threshold)
  const tone = judged ? (direction === goodWhen ? 'good' : 'bad') : 'quiet'
  const shown = asPoints
    ? found.amount === null
      ? '–'
      : points(found.amount, locale)
    : capped(found.text, size, locale)
  return (
    <span className={`delta ${tone}`}>
      {(direction === 'up' || direction === 'down') && <i className={direction} aria-hidden="true" />}
      <span className="visually-hidden">{t.delta[direction]} </span>
      <span>{shown}</span>
    </span>
  )
}

// Past tenfold a percentage says nothing more.
function capped(text: string, size: number, locale: 'en' | 'ko' | 'ru'): string {
  return size >= 10 ? `>${percent('10', locale, { digits: 0 })}` : text
}
