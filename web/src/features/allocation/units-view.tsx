import type { Unit, UnitState } from '@server/modules/allocation/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ArrowLeft, FileUp, Plus, Tags } from 'lucide-react'
import { type FormEvent, useMemo, useState } from 'react'
import { ApiError, api } from '../../api'
import { useQuestion } from '../../app/question'
import { fill, problemText, Rich, useLocale } from '../../i18n'
import {
  Badge,
  Button,
  Card,
  DataTable,
  Drawer,
  EmptyState,
  ErrorPanel,
  GuideLink,
  type NoticeContent,
  SelectField,
  SentenceHeader,
  SkeletonRows,
  TextField,
} from '../../ui'
import { date, dateTime, money } from '../../ui/format'
import { useAllocationPlace } from './allocation-page'
import { keyFor } from './conditions'
import { useAllocationMessages } from './messages'
import { TextArea } from './text-area'
import { allocationPath, useAllocationMonth, useMonths, useRun, useUnitHistory, useUnits } from './use-allocation'
import { sumBy } from './ways'

const kinds = ['business_unit', 'team', 'project', 'product', 'feature', 'environment', 'cost_center'] as const
type Open = { what: 'unit'; unit: Unit | null } | { what: 'csv' } | { what: 'data' } | null
type Imported = { created: number; changed: number; unchanged: number; problems: { line: number; message: string }[] }

/** The organization's own tree, with what each unit owes, and the ways to change it. */
export function UnitsView({ onNotice }: { onNotice: (notice: NoticeContent) => void }) {
  const t = useAllocationMessages()
  const locale = useLocale()
  const client = useQueryClient()
  const { go } = useAllocationPlace()
  const { month, column, currency } = useAllocationMonth()
  const [open, setOpen] = useState<Open>(null)
  const units = useUnits(month)
  const months = useMonths()
  const run = useRun(month, months.data?.months.find((one) => one.month === month)?.run?.id)
  const owed = useMemo(
    () =>
      sumBy(
        (run.data?.rows ?? []).filter((row) => row.currency === currency),
        (row) => row.unit,
        column,
      ),
    [run.data, currency, column],
  )
  const monthName = date(`${month}-01`, locale, 'UTC', 'month')
  const changed = (text: string, undo?: () => void) => {
    onNotice({ text, undo })
    setOpen(null)
    void client.invalidateQueries({ queryKey: ['allocation'] })
  }

  return (
    <>
      <SentenceHeader
        facts={<GuideLink page="allocation" />}
        tools={
          <>
            <Button
              icon={<ArrowLeft size={14} strokeWidth={1.75} aria-hidden="true" />}
              onClick={() => go({ view: 'flow' })}
            >
              {t.unitPage.back}
            </Button>
            <Button
              icon={<Tags size={14} strokeWidth={1.75} aria-hidden="true" />}
              onClick={() => setOpen({ what: 'data' })}
            >
              {t.unitPage.fromData}
            </Button>
            <Button
              icon={<FileUp size={14} strokeWidth={1.75} aria-hidden="true" />}
              onClick={() => setOpen({ what: 'csv' })}
            >
              {t.unitPage.importCsv}
            </Button>
            <Button
              kind="primary"
              icon={<Plus size={14} strokeWidth={1.75} aria-hidden="true" />}
              onClick={() => setOpen({ what: 'unit', unit: null })}
            >
              {t.unitPage.add}
            </Button>
          </>
        }
      >
        <Rich
          text={fill(t.unitPage.sentence, { count: t.unitPage.count(units.data?.units.length ?? 0), month: monthName })}
        />
      </SentenceHeader>
      <Card title={t.unitPage.title} flush>
        {units.isError && <ErrorPanel error={units.error} onRetry={() => void units.refetch()} />}
        {units.isPending && <SkeletonRows rows={8} />}
        {units.data && units.data.units.length === 0 && <EmptyState title={t.unitPage.empty}>{t.emptyText}</EmptyState>}
        {units.data && units.data.units.length > 0 && (
          <DataTable
            caption={t.unitPage.title}
            rows={units.data.units}
            rowKey={(unit) => unit.key}
            chosenKey={open?.what === 'unit' ? (open.unit?.key ?? null) : null}
            onRow={(unit) => setOpen({ what: 'unit', unit })}
            columns={[
              {
                id: 'name',
                header: t.unitPage.name,
                phone: 'title',
                cell: (unit) => (
                  <span className="tree-cell" style={{ paddingLeft: (unit.path.length - 1) * 20 }}>
                    <strong>{unit.name}</strong> <code>{unit.key}</code>
                  </span>
                ),
              },
              {
                id: 'kind',
                header: t.unitPage.kind,
                phone: 'aside',
                cell: (unit) => <Badge>{t.unitPage.kinds[unit.kind]}</Badge>,
              },
              {
                id: 'owner',
                header: t.unitPage.owner,
                phone: 'note',
                cell: (unit) => <span className="muted">{unit.owner || '–'}</span>,
              },
              { id: 'center', header: t.unitPage.costCenter, cell: (unit) => unit.costCenter || '–' },
              {
                id: 'aliases',
                header: t.unitPage.aliasesShort,
                cell: (unit) => <span className="alias-cell muted">{unit.aliases.join(', ') || '–'}</span>,
              },
              {
                id: 'owes',
                header: t.unitPage.owes,
                phone: 'amount',
                align: 'right',
                cell: (unit) => (owed.has(unit.key) ? money(owed.get(unit.key)!, currency, locale) : '–'),
              },
            ]}
          />
        )}
      </Card>
      {open?.what === 'unit' && (
        <UnitDrawer
          key={open.unit?.key ?? 'new'}
          unit={open.unit}
          units={units.data?.units ?? []}
          month={month}
          onClose={() => setOpen(null)}
          onChanged={changed}
        />
      )}
      {open?.what === 'csv' && <CsvDrawer onClose={() => setOpen(null)} onChanged={changed} />}
      {open?.what === 'data' && (
        <DataDrawer month={month} units={units.data?.units ?? []} onClose={() => setOpen(null)} onChanged={changed} />
      )}
    </>
  )
}

function useProblem() {
  const locale = useLocale()
  return (error: unknown) =>
    error === null ? undefined : error instanceof ApiError ? problemText(error, locale) : String(error)
}

function UnitDrawer({
  unit,
  units,
  month,
  onClose,
  onChanged,
}: {
  unit: Unit | null
  units: Unit[]
  month: string
  onClose: () => void
  onChanged: (text: string, undo?: () => void) => void
}) {
  const t = useAllocationMessages()
  const locale = useLocale()
  const client = useQueryClient()
  const problem = useProblem()
  const { timeZone } = useQuestion()
  const [key, setKey] = useState(unit?.key ?? '')
  const [name, setName] = useState(unit?.name ?? '')
  const [kind, setKind] = useState<UnitState['kind']>(unit?.kind ?? 'team')
  const [parent, setParent] = useState(unit?.parent ?? '')
  const [owner, setOwner] = useState(unit?.owner ?? '')
  const [costCenter, setCostCenter] = useState(unit?.costCenter ?? '')
  const [aliases, setAliases] = useState(unit?.aliases.join('\n') ?? '')
  const [from, setFrom] = useState(unit ? month : '')
  const [into, setInto] = useState('')
  const history = useUnitHistory(unit?.key ?? null)
  const id =
    unit?.key ??
    (key ||
      keyFor(
        name,
        units.map((one) => one.key),
      ))

  const takeBack = (month: string | null) =>
    api<unknown>(`${allocationPath}/units/${id}/history${month ? `?from=${month}` : ''}`, { method: 'DELETE' }).then(
      () => client.invalidateQueries({ queryKey: ['allocation'] }),
    )
  const save = useMutation({
    mutationFn: () =>
      api<Unit>(`${allocationPath}/units/${encodeURIComponent(id)}`, {
        method: 'PUT',
        body: {
          name: name.trim(),
          kind,
          parent: parent || null,
          owner: owner.trim(),
          costCenter: costCenter.trim(),
          aliases: aliases
            .split('\n')
            .map((one) => one.trim())
            .filter(Boolean),
          from: from || null,
        },
      }),
    onSuccess: () => {
      const replaces = history.data?.changes.some((change) => (change.from ?? '') === from)
      onChanged(t.unitPage.saved(name), replaces ? undefined : () => void takeBack(from || null))
    },
  })
  const act = useMutation({
    mutationFn: (what: 'merge' | 'end') =>
      api<unknown>(`${allocationPath}/units/${id}/${what}`, { body: what === 'merge' ? { into, from } : { from } }),
    onSuccess: (_, what) =>
      onChanged(
        what === 'merge'
          ? t.unitPage.merged(units.find((one) => one.key === into)?.name ?? into)
          : `${name}: ${t.unitPage.ended}`,
        () => void takeBack(from),
      ),
  })
  const undo = useMutation({
    mutationFn: takeBack,
    onSuccess: () => onChanged(t.unitPage.undo),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() !== '') save.mutate()
  }
  const others = units.filter((one) => one.key !== unit?.key && !one.path.includes(unit?.key ?? '\u0000'))

  return (
    <Drawer title={unit?.name ?? t.unitPage.add} onClose={onClose}>
      <form className="allocation-form" onSubmit={submit} noValidate>
        <TextField
          label={t.unitPage.name}
          value={name}
          required
          onChange={(event) => setName(event.target.value)}
          problem={problem(save.error)}
        />
        {unit === null && (
          <TextField
            label={t.unitPage.key}
            hint={t.unitPage.keyHint}
            value={key}
            placeholder={id}
            onChange={(event) => setKey(event.target.value.toLowerCase())}
          />
        )}
        <div className="form-pair">
          <SelectField
            label={t.unitPage.kind}
            value={kind}
            onChange={(event) => setKind(event.target.value as UnitState['kind'])}
          >
            {kinds.map((one) => (
              <option key={one} value={one}>
                {t.unitPage.kinds[one]}
              </option>
            ))}
          </SelectField>
          <SelectField label={t.unitPage.parent} value={parent} onChange={(event) => setParent(event.target.value)}>
            <option value="">{t.unitPage.top}</option>
            {others.map((one) => (
              <option key={one.key} value={one.key}>
                {`${'\u2003'.repeat(one.path.length - 1)}${one.name}`}
              </option>
            ))}
          </SelectField>
        </div>
        <div className="form-pair">
          <TextField label={t.unitPage.owner} value={owner} onChange={(event) => setOwner(event.target.value)} />
          <TextField
            label={t.unitPage.costCenter}
            value={costCenter}
            onChange={(event) => setCostCenter(event.target.value)}
          />
        </div>
        <TextArea
          label={t.unitPage.aliases}
          hint={t.unitPage.aliasesHint}
          rows={3}
          value={aliases}
          onChange={setAliases}
        />
        <TextField
          label={t.unitPage.from}
          hint={t.unitPage.fromHint}
          type="month"
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
        <div className="form-buttons">
          <Button onClick={onClose}>{t.editor.cancel}</Button>
          <Button kind="primary" type="submit" disabled={save.isPending || name.trim() === ''}>
            {t.unitPage.save}
          </Button>
        </div>
      </form>
      {unit && (
        <>
          <div className="form-pair unit-acts">
            <SelectField
              label={t.unitPage.merge}
              value={into}
              onChange={(event) => setInto(event.target.value)}
              problem={problem(act.error)}
            >
              <option value="">–</option>
              {others.map((one) => (
                <option key={one.key} value={one.key}>
                  {one.name}
                </option>
              ))}
            </SelectField>
            <div className="form-buttons">
              <Button disabled={into === '' || from === '' || act.isPending} onClick={() => act.mutate('merge')}>
                {t.unitPage.merge}
              </Button>
              <Button kind="danger" disabled={from === '' || act.isPending} onClick={() => act.mutate('end')}>
                {t.unitPage.end}
              </Button>
            </div>
          </div>
          <h3 className="drawer-title">{t.unitPage.history}</h3>
          <ul className="notes-list">
            {history.data?.changes.map((change) => (
              <li key={change.from ?? ''}>
                <strong>{change.from ? t.unitPage.since(change.from) : t.unitPage.ever}</strong>:{' '}
                {change.mergedInto
                  ? t.unitPage.merged(change.mergedInto)
                  : change.ended
                    ? t.unitPage.ended
                    : `${change.name}${change.parent ? `, ${t.unitPage.parent} ${change.parent}` : ''}`}{' '}
                <span className="quiet">{dateTime(change.at, locale, timeZone)}</span>{' '}
                {(history.data?.changes.length ?? 0) > 1 && (
                  <Button small kind="ghost" disabled={undo.isPending} onClick={() => undo.mutate(change.from)}>
                    {t.unitPage.undo}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
    </Drawer>
  )
}

function CsvDrawer({ onClose, onChanged }: { onClose: () => void; onChanged: (text: string) => void }) {
  const t = useAllocationMessages()
  const problem = useProblem()
  const [csv, setCsv] = useState('key,name,kind,parent,owner,cost_center,aliases\n')
  const send = useMutation({
    mutationFn: () => api<Imported>(`${allocationPath}/units/import`, { body: { csv } }),
    onSuccess: (answer) => {
      if (answer.problems.length === 0) onChanged(t.unitPage.imported(answer.created, answer.changed, answer.unchanged))
    },
  })
  return (
    <Drawer title={t.unitPage.importCsv} onClose={onClose}>
      <form
        className="allocation-form"
        onSubmit={(event) => {
          event.preventDefault()
          send.mutate()
        }}
      >
        <TextArea mono label={t.unitPage.csv} hint={t.unitPage.csvHint} rows={14} value={csv} onChange={setCsv} />
        {send.error && <p className="bad-text">{problem(send.error)}</p>}
        {send.data && (
          <>
            <p>{t.unitPage.imported(send.data.created, send.data.changed, send.data.unchanged)}</p>
            {send.data.problems.map((one) => (
              <p key={one.line} className="bad-text">
                {t.unitPage.line(one.line, one.message)}
              </p>
            ))}
          </>
        )}
        <div className="form-buttons">
          <Button kind="primary" type="submit" disabled={send.isPending}>
            {t.unitPage.make}
          </Button>
        </div>
      </form>
    </Drawer>
  )
}

function DataDrawer({
  month,
  units,
  onClose,
  onChanged,
}: {
  month: string
  units: Unit[]
  onClose: () => void
  onChanged: (text: string) => void
}) {
  const t = useAllocationMessages()
  const problem = useProblem()
  const [dimension, setDimension] = useState('team')
  const [kind, setKind] = useState<UnitState['kind']>('team')
  const [parent, setParent] = useState('')
  const send = useMutation({
    mutationFn: () =>
      api<Imported>(`${allocationPath}/units/from-data`, {
        body: { month, dimension: dimension.trim(), kind, parent: parent || null },
      }),
    onSuccess: (answer) => onChanged(t.unitPage.imported(answer.created, answer.changed, answer.unchanged)),
  })
  return (
    <Drawer title={t.unitPage.fromData} onClose={onClose}>
      <form
        className="allocation-form"
        onSubmit={(event) => {
          event.preventDefault()
          send.mutate()
        }}
      >
        <TextField
          label={t.unitPage.dimension}
          hint={t.unitPage.dimensionHint}
          value={dimension}
          onChange={(event) => setDimension(event.target.value)}
          problem={problem(send.error)}
        />
        <div className="form-pair">
          <SelectField
            label={t.unitPage.kind}
            value={kind}
            onChange={(event) => setKind(event.target.value as UnitState['kind'])}
          >
            {kinds.map((one) => (
              <option key={one} value={one}>
                {t.unitPage.kinds[one]}
              </option>
            ))}
          </SelectField>
          <SelectField label={t.unitPage.parent} value={parent} onChange={(event) => setParent(event.target.value)}>
            <option value="">{t.unitPage.top}</option>
            {units.map((one) => (
              <option key={one.key} value={one.key}>
                {one.name}
              </option>
            ))}
          </SelectField>
        </div>
        <div className="form-buttons">
          <Button kind="primary" type="submit" disabled={send.isPending || dimension.trim() === ''}>
            {t.unitPage.make}
          </Button>
        </div>
      </form>
    </Drawer>
  )
}
