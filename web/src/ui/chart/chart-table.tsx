import { useLocale } from '../../i18n/locale'
import { sum } from '../format'
import { Swatch } from './chart-frame'
import { useChartMessages } from './messages'
import { type Series, totalOf, valueAt } from './series'

type Props = {
  buckets: string[]
  name: (bucket: string) => string
  series: Series[]
  format: (value: string | null, form: 'full' | 'axis') => string
  comparable?: { name: string; values: (string | null)[] }
  onPick?: (bucket: number, seriesId: string | null) => void
  /** false for prices and shares, which do not add up */
  totals?: boolean
}

/** What a chart draws, as numbers: buckets down, series across. */
export function ChartTable({ buckets, name, series, format, comparable, onPick, totals = true }: Props) {
  const t = useChartMessages()
  useLocale()
  return (
    <table className="chart-table">
      <thead>
        <tr>
          <th scope="col">{t.period}</th>
          {series.map((s) => (
            <th key={s.id} scope="col">
              <Swatch color={s.color} /> {s.name}
            </th>
          ))}
          {totals && <th scope="col">{t.total}</th>}
          {comparable && <th scope="col">{comparable.name}</th>}
        </tr>
      </thead>
      <tbody>
        {buckets.map((bucket, index) => (
          <tr key={bucket}>
            <th scope="row">
              {onPick ? (
                <button type="button" onClick={() => onPick(index, null)}>
                  {name(bucket)}
                </button>
              ) : (
                name(bucket)
              )}
            </th>
            {series.map((s) => (
              <td key={s.id}>
                {onPick ? (
                  <button type="button" onClick={() => onPick(index, s.id)}>
                    {format(valueAt(s, index), 'full')}
                  </button>
                ) : (
                  format(valueAt(s, index), 'full')
                )}
              </td>
            ))}
            {totals && <td>{format(sum(series.map((s) => valueAt(s, index))), 'full')}</td>}
            {comparable && <td>{format(comparable.values[index] ?? null, 'full')}</td>}
          </tr>
        ))}
      </tbody>
      {totals && (
        <tfoot>
          <tr>
            <th scope="row">{t.total}</th>
            {series.map((s) => (
              <td key={s.id}>{format(totalOf(s), 'full')}</td>
            ))}
            <td>{format(sum(series.map(totalOf)), 'full')}</td>
            {comparable && <td>{format(sum(comparable.values), 'full')}</td>}
          </tr>
        </tfoot>
      )}
    </table>
  )
}
