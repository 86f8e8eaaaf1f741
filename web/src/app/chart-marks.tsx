import Popover from '@mui/material/Popover'
import type { PriceChangesAnswer } from '@server/modules/explore/contract'
import { MessageSquarePlus } from 'lucide-react'
import { type FormEvent, type ReactNode, useCallback, useMemo, useState } from 'react'
import { useAddNote, useBatches, useDeleteNote, useNotes, usePriceChanges, useRestoreNote } from '../api'
import { fill, useMessages } from '../i18n'
import { Button, ErrorPanel, Notice, type NoticeContent, TextField } from '../ui'
import type { ChartNote } from '../ui/chart'
import { date, unitPrice } from '../ui/format'
import { addDays, earlier, instantOf } from './period'
import { useQuestion } from './question'

/**
 * What happened in the asked period, as marks for a chart: notes of people, restated months, list prices that changed.
 * `tools` adds a note and says what was just done, with undo.
 */
export function useChartMarks(buckets: readonly string[]): { notes: ChartNote[]; tools: ReactNode } {
  const t = useMessages().notes
  const { period, currency, locale, timeZone } = useQuestion()
  const from = instantOf(period.from, 0, 0, timeZone).toISOString()
  const to = instantOf(period.to, 0, 0, timeZone).toISOString()
  const written = useNotes(from, to)
  const batches = useBatches()
  const prices = usePriceChanges({ period: { from: period.from, to: period.to }, timeZone, currency })
  const remove = useDeleteNote()
  const restore = useRestoreNote()
  const [notice, setNotice] = useState<NoticeContent | null>(null)

  const deleteNote = useCallback(
    (id: string, text: string) =>
      remove.mutate(id, {
        onSuccess: () =>
          setNotice({
            text: fill(t.deleted, { text }),
            undo: () => restore.mutate(id, { onSuccess: () => setNotice(null) }),
          }),
        onError: () => setNotice({ text: t.failed }),
      }),
    [remove.mutate, restore.mutate, t],
  )

  const notes = useMemo(() => {
    const starts = buckets.map((bucket) =>
      /^\d{4}-\d{2}-\d{2}$/.test(bucket) ? instantOf(bucket, 0, 0, timeZone).getTime() : Date.parse(bucket),
    )
    const within = (at: string) => at >= from && at < to
    const mark = (id: string, at: string, text: string, onDelete?: () => void): ChartNote[] => {
      const bucket = starts.findLastIndex((start) => start <= Date.parse(at))
      return bucket < 0 ? [] : [{ id, bucket, text, onDelete }]
    }
    const restated = new Map<string, string>()
    for (const batch of batches.data?.batches ?? []) {
      if (batch.closedBy.length === 0) continue
      const at = new Date(batch.periodStart).toISOString()
      if (within(at))
        restated.set(
          `${at} ${batch.serviceProviderName}`,
          fill(t.restated, {
            provider: batch.serviceProviderName || batch.connection,
            month: date(batch.periodStart, locale, 'UTC', 'month'),
          }),
        )
    }
    return [
      ...(written.data?.notes ?? []).flatMap((note) =>
        mark(note.id, note.at, note.text, () => deleteNote(note.id, note.text)),
      ),
      ...[...restated].flatMap(([key, text]) => mark(`restated ${key}`, key.slice(0, key.indexOf(' ')), text)),
      ...priceTexts(prices.data, {
        one: (change) =>
          fill(t.price, {
            what: `${change.service}, ${change.name}`,
            before: unitPrice(change.before, currency, locale),
            after: unitPrice(change.after, currency, locale),
          }),
        many: (provider, count) => fill(t.prices, { provider, count }),
      }).flatMap(({ at, text }) => mark(`price ${at} ${text}`, at, text)),
    ].sort((a, b) => a.bucket - b.bucket)
  }, [buckets, batches.data, written.data, prices.data, from, to, timeZone, locale, currency, deleteNote, t])

  const tools = (
    <>
      <AddNote onFailed={() => setNotice({ text: t.failed })} />
      <Notice notice={notice} onClose={() => setNotice(null)} />
    </>
  )
  return { notes, tools }
}

type PriceChange = PriceChangesAnswer['changes'][number]

/** One line a day and provider: a price list that moves as a whole is one event. */
function priceTexts(
  answer: PriceChangesAnswer | undefined,
  say: { one: (change: PriceChange) => string; many: (provider: string, count: number) => string },
): { at: string; text: string }[] {
  const days = new Map<string, PriceChange[]>()
  for (const change of answer?.changes ?? []) {
    const key = `${change.at} ${change.provider}`
    days.set(key, [...(days.get(key) ?? []), change])
  }
  return [...days.values()].flatMap((changes) => {
    const [first] = changes
    if (!first) return []
    return [{ at: first.at, text: changes.length === 1 ? say.one(first) : say.many(first.provider, changes.length) }]
  })
}

function AddNote({ onFailed }: { onFailed: () => void }) {
  const t = useMessages().notes
  const common = useMessages().common
  const { period, today, timeZone } = useQuestion()
  const latest = earlier(addDays(period.to, -1), today)
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const [day, setDay] = useState(latest)
  const [text, setText] = useState('')
  const add = useAddNote()
  const close = () => setAnchor(null)
  const save = (event: FormEvent) => {
    event.preventDefault()
    // Noon of the day: the note stays on it wherever the reader's day begins.
    add.mutate(
      { at: instantOf(day, 12, 0, timeZone).toISOString(), text: text.trim() },
      {
        onSuccess: () => {
          setText('')
          close()
        },
        onError: onFailed,
      },
    )
  }
  return (
    <>
      <Button
        small
        kind="ghost"
        aria-haspopup="dialog"
        aria-expanded={anchor !== null}
        icon={<MessageSquarePlus size={13} strokeWidth={1.75} aria-hidden="true" />}
        onClick={(event) => {
          setDay(latest)
          setAnchor(event.currentTarget)
        }}
      >
        {t.add}
      </Button>
      <Popover
        open={anchor !== null}
        anchorEl={anchor}
        onClose={close}
        transitionDuration={120}
        anchorOrigin={{ vertical: 'top', horizontal: 'left' }}
        transformOrigin={{ vertical: 'bottom', horizontal: 'left' }}
        slotProps={{ paper: { role: 'dialog', 'aria-label': t.add } }}
      >
        <form className="note-form" onSubmit={save}>
          <TextField
            label={t.text}
            hint={t.hint}
            required
            autoFocus
            maxLength={200}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <TextField
            label={t.day}
            type="date"
            required
            min={period.from}
            max={latest}
            value={day}
            onChange={(event) => setDay(event.target.value)}
          />
          {add.error && <ErrorPanel error={add.error} />}
          <div className="form-end">
            <Button small kind="primary" type="submit" disabled={add.isPending || text.trim() === ''}>
              {common.save}
            </Button>
            <Button small onClick={close}>
              {common.cancel}
            </Button>
          </div>
        </form>
      </Popover>
    </>
  )
}
