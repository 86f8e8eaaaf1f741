import type { RuleDocument, Unit } from '@server/modules/allocation/contract'
import { ShieldAlert, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { useLocale } from '../../i18n'
import { Badge, DataTable, Drawer, ErrorPanel, SegmentedControl, SkeletonRows } from '../../ui'
import { abs, compare, date, duration, isZero, money } from '../../ui/format'
import { useAllocationMessages } from './messages'
import { usePreview } from './use-allocation'

/** Who gains and loses by the draft, per unit and month, before it is in force. */
export function PreviewDrawer({
  document,
  months,
  month,
  units,
  onClose,
}: {
  document: RuleDocument
  months: string[]
  month: string
  units: Unit[]
  onClose: () => void
}) {
  const t = useAllocationMessages()
  const locale = useLocale()
  const [chosen, setChosen] = useState(month)
  const preview = usePreview(document, months)
  const names = new Map(units.map((unit) => [unit.key, unit.name]))
  const shown = preview.data?.months.find((one) => one.month === chosen)
  const rows = (shown?.units ?? [])
    .filter((row) => !isZero(row.difference))
    .sort((a, b) => compare(abs(b.difference), abs(a.difference)))
  return (
    <Drawer title={t.preview.title} onClose={onClose}>
      {months.length > 1 && (
        <SegmentedControl
          label={t.preview.months}
          value={chosen}
          onChange={setChosen}
          options={months.map((one) => ({ id: one, label: date(`${one}-01`, locale, 'UTC', 'month') }))}
        />
      )}
      {preview.isError && <ErrorPanel error={preview.error} onRetry={() => void preview.refetch()} />}
      {preview.isPending && <SkeletonRows rows={6} />}
      {preview.data && (
        <p className="preview-facts">
          {shown && (
            <Badge
              tone={shown.proofHolds ? 'good' : 'bad'}
              icon={
                shown.proofHolds ? (
                  <ShieldCheck size={13} aria-hidden="true" />
                ) : (
                  <ShieldAlert size={13} aria-hidden="true" />
                )
              }
            >
              {shown.proofHolds ? t.preview.holds : t.preview.broken}
            </Badge>
          )}
          <span className="quiet">{t.preview.took(duration(preview.data.milliseconds, locale))}</span>
        </p>
      )}
      {preview.data?.findings.map((finding) => (
        <p key={`${finding.at} ${finding.code}`} className={finding.level === 'error' ? 'bad-text' : 'warn-text'}>
          <code>{finding.at}</code> {finding.message}
        </p>
      ))}
      {shown?.cycles.map((cycle) => (
        <p key={cycle.join()}>{t.preview.cycles(cycle.join(' ↔ '))}</p>
      ))}
      {shown?.singular.map((cycle) => (
        <p key={cycle.join()} className="bad-text">
          {t.preview.singular(cycle.join(' ↔ '))}
        </p>
      ))}
      {shown && rows.length === 0 && <p className="quiet">{t.preview.nothing}</p>}
      {shown && rows.length > 0 && (
        <DataTable
          caption={t.preview.title}
          rows={rows}
          rowKey={(row) => `${row.unit} ${row.currency}`}
          columns={[
            {
              id: 'unit',
              header: t.preview.unit,
              phone: 'title',
              cell: (row) => (row.unit === '' ? t.coverage.unallocated : (names.get(row.unit) ?? row.unit)),
            },
            {
              id: 'before',
              header: t.preview.before,
              align: 'right',
              compare: (a, b) => compare(a.before, b.before),
              cell: (row) => money(row.before, row.currency, locale),
            },
            {
              id: 'after',
              header: t.preview.after,
              phone: 'note',
              align: 'right',
              compare: (a, b) => compare(a.after, b.after),
              cell: (row) => money(row.after, row.currency, locale),
            },
            {
              id: 'difference',
              header: t.preview.difference,
              phone: 'amount',
              align: 'right',
              compare: (a, b) => compare(a.difference, b.difference),
              cell: (row) => money(row.difference, row.currency, locale, { sign: true }),
            },
          ]}
        />
      )}
      {shown?.notes.map((note) => (
        <p key={note.message} className="quiet">
          {note.message}
        </p>
      ))}
    </Drawer>
  )
}
