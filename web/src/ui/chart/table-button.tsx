import { ChartColumn, Table2 } from 'lucide-react'
import { useChartMessages } from './messages'
import './chart.css'

/** Changes between a picture and its table. */
export function TableButton({ asTable, onChange }: { asTable: boolean; onChange: (asTable: boolean) => void }) {
  const t = useChartMessages()
  const label = asTable ? t.showChart : t.showTable
  const Icon = asTable ? ChartColumn : Table2
  return (
    <button
      type="button"
      className="chart-table-button"
      aria-pressed={asTable}
      aria-label={label}
      title={label}
      onClick={() => onChange(!asTable)}
    >
      <Icon size={15} strokeWidth={1.75} aria-hidden />
    </button>
  )
}
