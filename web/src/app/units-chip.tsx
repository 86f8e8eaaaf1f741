import Popover from '@mui/material/Popover'
import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { useQueryAnswer } from '../api'
import { fill, useLocale, useMessages } from '../i18n'
import { Button } from '../ui'
import { money } from '../ui/format'
import { useQuestion } from './question'

const noTeam = ''

/** Narrows every page to some teams; what bears no team is one of the choices. Stands in the address. */
export function UnitsChip() {
  const t = useMessages().bar
  const question = useQuestion()
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const { units } = question
  const shown =
    units.length === 0
      ? t.allUnits
      : units.length === 1
        ? units[0] || t.noUnit
        : fill(t.someUnits, { count: units.length })
  return (
    <>
      <button
        type="button"
        className={units.length > 0 ? 'btn chip chip-set' : 'btn chip'}
        aria-haspopup="dialog"
        aria-expanded={anchor !== null}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <span className="visually-hidden">{t.units}: </span>
        <span>{shown}</span>
        <ChevronDown size={13} strokeWidth={1.75} className="chevron" aria-hidden="true" />
      </button>
      <Popover
        open={anchor !== null}
        anchorEl={anchor}
        onClose={() => setAnchor(null)}
        transitionDuration={120}
        anchorOrigin={{ vertical: 'bottom', horizontal: 'left' }}
        slotProps={{ paper: { role: 'dialog', 'aria-label': t.units } }}
      >
        <Units />
      </Popover>
    </>
  )
}

function Units() {
  const t = useMessages()
  const locale = useLocale()
  const { period, currency, costMetric, timeZone, units, change } = useQuestion()
  const teams = useQueryAnswer(
    {
      metrics: [costMetric],
      dimensions: ['team'],
      period: { from: period.from, to: period.to },
      timeZone,
      currency,
      limit: 500,
    },
    { pace: 'settled' },
  )
  const at = teams.data?.columns.findIndex((column) => column.id === 'team') ?? -1
  const amountAt = teams.data?.columns.findIndex((column) => column.id === costMetric) ?? -1
  const found = (teams.data?.rows ?? []).map((row) => ({ id: row[at] ?? noTeam, amount: row[amountAt] ?? null }))
  // What is chosen stays in the list even where it has no cost in this period.
  const listed = [
    ...found,
    ...units.filter((id) => !found.some((team) => team.id === id)).map((id) => ({ id, amount: null })),
  ]
  const set = (next: string[]) => change({ unit: next.length === 0 ? undefined : next })
  return (
    <>
      <fieldset className="units" aria-label={t.bar.units}>
        {teams.isPending && <p className="menu-note">{t.common.loading}</p>}
        {teams.data && listed.length === 0 && <p className="menu-note">{t.bar.noUnits}</p>}
        {listed.map((team) => (
          <label key={team.id} className="check">
            <input
              type="checkbox"
              checked={units.includes(team.id)}
              onChange={() => set(units.includes(team.id) ? units.filter((id) => id !== team.id) : [...units, team.id])}
            />
            <span className={team.id === noTeam ? 'quiet' : undefined}>{team.id || t.bar.noUnit}</span>
            <span className="num quiet">{money(team.amount, currency, locale, { form: 'short' })}</span>
          </label>
        ))}
      </fieldset>
      {units.length > 0 && (
        <div className="units-foot">
          <Button small onClick={() => set([])}>
            {t.bar.allUnits}
          </Button>
        </div>
      )}
    </>
  )
}
